// A map of patches over the picture it belongs to: what the model did not see is dimmed, a click chooses a patch.

import {html} from '../vendor/preact-htm.js';
import {Canvas, useImage} from '../core/canvas.js';
import {colourOf, dim, drawnRatio, mark, smooth, squares} from '../core/draw.js';
import {css, themed} from '../core/colour.js';
import {fixed, place} from '../core/numbers.js';
import {json, useData} from '../core/api.js';

/** How a model's preprocessing changes a picture. */
export const useSteps = (model, picture) => useData(model && picture ? `steps ${picture.id} ${model.name}` : null,
    signal => json(`api/pictures/${encodeURIComponent(picture.id)}/steps?model=${encodeURIComponent(model.name)}`,
    signal));

/** Address of a picture as the server gives it back. */
export const pictureAddress = (picture, rest = '') => `api/pictures/${encodeURIComponent(picture.id)}.png${rest}`;

/**
 * @param {object} props
 * @param {any} props.picture
 * @param {any} props.steps
 * @param {Float32Array | null} props.values one for each patch; null draws the picture alone
 * @param {import('../core/draw.js').Scale} props.scale
 * @param {number} [props.chosen] index of the marked patch, -1 for none
 * @param {(index: number) => void} [props.pick]
 */
export function PictureMap({picture, steps, values, rows, columns, scale, chosen = -1, pick, label, alpha = 0.72,
    soft = false,
    most = 560, marks = [], grid = false}) {
    const image = useImage(pictureAddress(picture));
    const {original} = steps;
    const frame = frameOf(steps);
    const ratio = drawnRatio(frame.width, frame.height);
    const draw = (g, width, height) => {
        const [fx, fy] = [width / frame.width, height / frame.height];
        const seen = {x: (steps.seen.x - frame.x) * fx, y: (steps.seen.y - frame.y) * fy, width: steps.seen.width * fx,
            height: steps.seen.height * fy};
        g.fillStyle = '#fff';
        g.fillRect(0, 0, width, height);
        if (image) {
            // Grey, so that a green tree is not taken for a green of the scale.
            g.filter = values ? 'grayscale(1) contrast(0.8)' : 'none';
            g.drawImage(image, -frame.x * fx, -frame.y * fy, original.width * fx, original.height * fy);
            g.filter = 'none';
        }
        const cell = [seen.width / columns, seen.height / rows];
        if (values) {
            (soft ? smooth : squares)(g, values, rows, columns, seen.x, seen.y, seen.width, seen.height, scale, alpha);
        }
        if (grid) {
            lines(g, seen, rows, columns);
        }
        dim(g, width, height, seen);
        [...marks, chosen].filter(index => index >= 0).forEach(index => mark(g, seen.x + index % columns * cell[0],
            seen.y + Math.floor(index / columns) * cell[1], ...cell));
    };
    const patchAt = (x, y) => {
        const column = Math.floor((frame.x + x * frame.width - steps.seen.x) / steps.seen.width * columns);
        const row = Math.floor((frame.y + y * frame.height - steps.seen.y) / steps.seen.height * rows);
        return row >= 0 && row < rows && column >= 0 && column < columns ? row * columns + column : -1;
    };
    return html`<${Canvas} ratio=${ratio} most=${Math.round(most * Math.min(1, 1 / ratio))} framed=${true}
        draw=${draw} label=${label}
        pick=${pick && ((x, y) => patchAt(x, y) >= 0 && pick(patchAt(x, y)))}
        keys=${pick && arrows(chosen, rows, columns, pick)} />`;
}

/** The part of a picture that is drawn: all of it, or of a very long one what the model sees and a little around it. */
function frameOf({original: {width, height}, seen}) {
    const share = seen.width * seen.height / (width * height);
    if (share > 0.2) {
        return {x: 0, y: 0, width, height};
    }
    const x = Math.max(0, seen.x - seen.width / 2);
    const y = Math.max(0, seen.y - seen.height / 2);
    return {x, y, width: Math.min(width, seen.x + 1.5 * seen.width) - x,
        height: Math.min(height, seen.y + 1.5 * seen.height) - y};
}

function lines(g, seen, rows, columns) {
    g.strokeStyle = 'rgb(110 120 130 / 0.75)';
    g.lineWidth = 1;
    g.beginPath();
    for (let column = 1; column < columns; column++) {
        g.moveTo(seen.x + column * seen.width / columns, seen.y);
        g.lineTo(seen.x + column * seen.width / columns, seen.y + seen.height);
    }
    for (let row = 1; row < rows; row++) {
        g.moveTo(seen.x, seen.y + row * seen.height / rows);
        g.lineTo(seen.x + seen.width, seen.y + row * seen.height / rows);
    }
    g.stroke();
}

/** Moves a chosen patch by the arrow keys; from none, they begin in the middle. */
export function arrows(chosen, rows, columns, pick) {
    const move = (down, right) => () => {
        if (chosen < 0) {
            return pick(Math.floor(rows / 2) * columns + Math.floor(columns / 2));
        }
        const row = Math.min(rows - 1, Math.max(0, Math.floor(chosen / columns) + down));
        const column = Math.min(columns - 1, Math.max(0, chosen % columns + right));
        pick(row * columns + column);
    };
    return {ArrowUp: move(-1, 0), ArrowDown: move(1, 0), ArrowLeft: move(0, -1), ArrowRight: move(0, 1)};
}

/** The colours of a scale with the numbers at their ends. */
export function Legend({scale, digits = 3, name, most = 300}) {
    const draw = (g, width) => {
        for (let x = 0; x < width; x++) {
            g.fillStyle = css(colourOf(scale.least + (scale.most - scale.least) * x / (width - 1), scale));
            g.fillRect(x, 0, 1, 12);
        }
        g.fillStyle = themed('--muted');
        g.font = '12px Inter, system-ui, sans-serif';
        g.fillText(fixed(scale.least, digits), 0, 28);
        g.textAlign = 'right';
        g.fillText(fixed(scale.most, digits), width, 28);
        g.textAlign = 'center';
        g.fillText(name, width / 2, 28);
    };
    return html`<${Canvas} ratio=${34 / most} most=${most} draw=${draw}
        label=${`Colours from ${fixed(scale.least, digits)} to ${fixed(scale.most, digits)}: ${name}`} />`;
}

/** Names of the tokens of a picture tower, for tables. @param {any} vision sizes of a run */
export const tokenName = (token, {before, patchColumns}) => before[token] ?? place(token - before.length, patchColumns);
