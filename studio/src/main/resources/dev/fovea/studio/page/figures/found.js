// What was found in a picture: boxes, quadrilaterals and outlines over it, linked to a list.

import {html} from '../vendor/preact-htm.js';
import {Canvas, useImage} from '../core/canvas.js';
import {corners, drawnRatio, outline} from '../core/draw.js';
import {fixed} from '../core/numbers.js';
import {pictureAddress} from './picture-map.js';

/** One list of everything found: label, outlines in pixels of the picture, tokens. */
export const foundIn = result => [
    ...(result.boxes ?? []).map(({label, box, tokens, score}) => ({label, tokens, score, shapes: [corners(box)],
        numbers: box})),
    ...(result.quads ?? []).map(({label, quad, tokens}) => ({label, tokens, shapes: [quad], numbers: quad})),
    ...(result.polygons ?? []).map(({label, polygons, tokens}) => ({label: label || 'outline', tokens,
        shapes: polygons, numbers: polygons.flat()}))
];

export function Found({picture, found, chosen, choose, most = 560}) {
    const image = useImage(pictureAddress(picture));
    const ratio = drawnRatio(picture.width, picture.height);
    const draw = (g, width, height) => {
        g.fillStyle = '#fff';
        g.fillRect(0, 0, width, height);
        if (image) {
            g.drawImage(image, 0, 0, width, height);
        }
        const factors = [width / picture.width, height / picture.height];
        found.forEach(({label, shapes}, i) => shapes.forEach((points, j) => outline(g,
            points.map((at, k) => at * factors[k % 2]),
            j ? '' : label, i, i === chosen)));
    };
    const pick = (x, y) => {
        const inside = found.map(({shapes}, i) => [i,
            area(shapes, x * picture.width, y * picture.height)]).filter(([, size]) => size > 0);
        if (inside.length) {
            choose(inside.sort((a, b) => a[1] - b[1])[0][0]);
        }
    };
    const label = found.length ? `Found in the picture: ${found.map(one => one.label).join(', ')}`
        : 'The picture; nothing was found in it';
    const move = by => () => choose((chosen + by + found.length) % found.length);
    return html`<${Canvas} ratio=${ratio} most=${Math.round(most * Math.min(1, 1 / ratio))} framed=${true}
        draw=${draw} label=${label} pick=${found.length ? pick : undefined}
        keys=${found.length ? {ArrowDown: move(1), ArrowRight: move(1), ArrowUp: move(-1), ArrowLeft: move(-1)}
            : undefined} />`;
}

/** Area of the box around the outlines that hold a point, 0 if none does. */
function area(shapes, x, y) {
    for (const points of shapes) {
        const xs = points.filter((_, i) => i % 2 === 0);
        const ys = points.filter((_, i) => i % 2);
        const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
        if (x >= left && x <= right && y >= top && y <= bottom) {
            return (right - left) * (bottom - top);
        }
    }
    return 0;
}

/** The same things as a list, linked with the picture. */
export function FoundList({found, chosen, choose}) {
    return html`<ul class="found">${found.map(({label, numbers, score}, i) => html`<li key=${i}><button type="button"
        aria-pressed=${i === chosen} onClick=${() => choose(i)}>
        <span class=${`swatch s${i % 10}`} aria-hidden="true"></span><span>${label}</span>
            <small>${score === undefined ? '' : `${fixed(score, 2)} · `}${numbers.slice(0,
                4).map(Math.round).join(', ')}${numbers.length > 4 ? ' …' : ''}</small></button></li>`)}</ul>`;
}
