// Hands figures out: PNG at twice the size with title and caption, SVG where lines are drawn, JSON of the numbers.

import {themed} from './colour.js';
import {render} from './canvas.js';

const DENSITY = 2;

const MARGIN = 24;

/** Properties that an SVG has from the style sheet and needs as its own when it stands alone. */
const PAINT = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'opacity', 'font-family',
    'font-size',
    'font-weight', 'text-anchor', 'dominant-baseline'];

/** Gives a file to the browser's downloads. */
export function download(blob, name) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** A name for a file, of letters, digits and hyphens. */
export const fileName = (...parts) => parts.filter(Boolean).join('-').toLowerCase().replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

export const jsonBlob = value => new Blob([`${JSON.stringify(value, numbers, 1)}\n`], {type: 'application/json'});

const numbers = (key, value) => ArrayBuffer.isView(value)
    ? Array.from(value, number => Number.isNaN(number) ? null : number)
    : value;

/** An SVG of its own, with all paint written out. @param {SVGElement} element */
export function svgText(element) {
    const copy = element.cloneNode(true);
    const box = element.getBoundingClientRect();
    copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
    copy.setAttribute('width', Math.ceil(box.width));
    copy.setAttribute('height', Math.ceil(box.height));
    const originals = [element, ...element.querySelectorAll('*')];
    [copy, ...copy.querySelectorAll('*')].forEach((part, i) => {
        const style = getComputedStyle(originals[i]);
        PAINT.forEach(name => part.setAttribute(name, style.getPropertyValue(name)));
        ['class', 'tabindex', 'style'].forEach(name => part.removeAttribute(name));
    });
    return new XMLSerializer().serializeToString(copy);
}

async function svgImage(element) {
    const address = URL.createObjectURL(new Blob([svgText(element)], {type: 'image/svg+xml'}));
    try {
        const image = new Image();
        image.src = address;
        await image.decode();
        return image;
    } finally {
        URL.revokeObjectURL(address);
    }
}

/**
 * Draws everything of a figure that is marked for export where it stands, with a title above and lines below.
 *
 * @param {HTMLElement} root
 * @param {string} title
 * @param {string[]} lines
 */
export async function png(root, title, lines) {
    const frame = root.getBoundingClientRect();
    const width = Math.ceil(Math.max(frame.width, 480)) + 2 * MARGIN;
    const canvas = document.createElement('canvas');
    const measuring = canvas.getContext('2d');
    measuring.font = font(13);
    const wrapped = lines.flatMap(line => wrap(measuring, line, width - 2 * MARGIN));
    const top = MARGIN + 36;
    const height = top + Math.ceil(frame.height) + 20 + wrapped.length * 19 + MARGIN;
    const parts = [];
    for (const part of root.querySelectorAll('[data-export]')) {
        const box = part.getBoundingClientRect();
        const image = part instanceof HTMLCanvasElement ? redrawn(part) : await svgImage(part);
        parts.push([image, box.left - frame.left + MARGIN, box.top - frame.top + top, box.width, box.height]);
    }
    render(canvas, width, height, DENSITY, g => {
        g.fillStyle = themed('--surface');
        g.fillRect(0, 0, width, height);
        parts.forEach(part => g.drawImage(...part));
        g.fillStyle = themed('--ink');
        g.font = font(18, 600);
        g.fillText(title, MARGIN, MARGIN + 16);
        g.font = font(13);
        g.fillStyle = themed('--muted');
        wrapped.forEach((line, i) => g.fillText(line, MARGIN, top + frame.height + 34 + i * 19));
    });
    return new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
}

const font = (size, weight = 400) => `${weight} ${size}px Inter, system-ui, sans-serif`;

function redrawn(canvas) {
    const {draw, width, height} = canvas.fovea;
    const copy = document.createElement('canvas');
    render(copy, width, height, DENSITY, draw);
    return copy;
}

function wrap(g, text, width) {
    const lines = [''];
    for (const word of text.split(' ')) {
        const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
        if (g.measureText(longer).width > width && lines.at(-1)) {
            lines.push(word);
        } else {
            lines[lines.length - 1] = longer;
        }
    }
    return lines;
}
