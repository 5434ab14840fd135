// A canvas as a component: sharp on every screen, one stop for the tab key, described by a sentence.

import {html, useEffect, useLayoutEffect, useRef, useState} from '../vendor/preact-htm.js';
import {useAnswering} from './api.js';

const schemes = matchMedia('(prefers-color-scheme: dark)');

const painters = new Set();

/** Draws every canvas anew, since the theme changed. */
export const repaint = () => painters.forEach(paint => paint());

schemes.addEventListener('change', repaint);

/**
 * @param {object} props
 * @param {number} props.ratio height for a width of 1
 * @param {number} [props.fixed] height in CSS pixels, whatever the width
 * @param {boolean} [props.framed] whether a thin line shows where it ends
 * @param {number} [props.most] largest width in CSS pixels
 * @param {(g: CanvasRenderingContext2D, width: number, height: number) => void} props.draw
 * @param {string} props.label the sentence that says what is seen
 * @param {(x: number, y: number, width: number, height: number) => void} [props.pick] told where it was clicked,
 *     from 0 to 1, and the size in CSS pixels
 * @param {(from: number[], to: number[], done: boolean) => void} [props.drag] told of a line that is drawn, each end
 *     from 0 to 1
 * @param {Record<string, () => void>} [props.keys] what arrows do while it has the focus, `Shift+ArrowUp` with Shift
 */
export function Canvas({ratio, most = 720, fixed, draw, label, pick, drag, keys, framed}) {
    const canvas = useRef(null);
    const from = useRef(null);
    const [width, resize] = useState(0);
    useLayoutEffect(() => {
        const element = canvas.current.parentElement;
        const measure = () => resize(Math.min(most, Math.floor(element.clientWidth)));
        measure();
        const observer = new ResizeObserver(measure);
        observer.observe(element);
        return () => observer.disconnect();
    }, [most]);
    const height = fixed ?? Math.round(width * ratio);
    useEffect(() => {
        const paint = () => width && render(canvas.current, width, height, devicePixelRatio, draw);
        paint();
        painters.add(paint);
        canvas.current.fovea = {draw, width, height};
        return () => painters.delete(paint);
    });
    const at = then => event => {
        const box = canvas.current.getBoundingClientRect();
        then((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, box.width, box.height);
    };
    const pulled = done => at((x, y) => {
        const to = [x, y].map(share => Math.min(1, Math.max(0, share)));
        from.current && drag(from.current, to, done);
        if (done) {
            from.current = null;
        }
    });
    const pointers = drag && {
        onPointerDown: event => {
            event.currentTarget.setPointerCapture(event.pointerId);
            at((x, y) => {
                from.current = [x, y];
            })(event);
        },
        onPointerMove: pulled(false),
        onPointerUp: pulled(true)
    };
    const onKeyDown = event => {
        const key = event.shiftKey ? `Shift+${event.key}` : event.key;
        if (keys?.[key] && !event.ctrlKey && !event.metaKey && !event.altKey) {
            event.preventDefault();
            keys[key]();
        }
    };
    return html`<div class=${framed ? 'canvas framed' : 'canvas'}><canvas ref=${canvas} role="img" aria-label=${label}
        tabindex=${keys ? 0 : undefined}
        class=${drag ? 'drawable' : pick ? 'pickable' : ''} ...${pointers} onClick=${pick && at(pick)}
        onKeyDown=${onKeyDown} data-export></canvas></div>`;
}

/** Draws at a number of device pixels for each CSS pixel. */
export function render(canvas, width, height, density, draw) {
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const g = canvas.getContext('2d');
    g.scale(density, density);
    draw(g, width, height);
}

const images = new Map();

/**
 * Gives a component a picture to draw, null until it is there. One that did not come is asked for again when the studio
 * answers again.
 *
 * @param {string | null} address
 */
export function useImage(address) {
    const known = images.get(address);
    const [image, show] = useState(known?.complete && known.naturalWidth ? known : null);
    const answers = useAnswering();
    useEffect(() => {
        if (!address) {
            return show(null);
        }
        const kept = images.get(address) ?? new Image();
        if (!kept.src) {
            kept.src = address;
            images.set(address, kept);
            if (images.size > 60) {
                images.delete(images.keys().next().value);
            }
        }
        let wanted = true;
        kept.decode().then(() => wanted && show(kept), () => {
            if (images.get(address) === kept) {
                images.delete(address);
            }
            if (wanted) {
                show(null);
            }
        });
        return () => {
            wanted = false;
        };
    }, [address, answers]);
    return image;
}
