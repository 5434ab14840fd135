// Drawing on a canvas: maps of patches, maps over the picture, boxes and outlines.

import {css, SERIES, signed as signedColour, themed, viridis} from './colour.js';

/**
 * @typedef {object} Scale
 * @property {number} least value at the table's lower end
 * @property {number} most value at its upper end
 * @property {boolean} signed blue, white and red around zero
 */

/** A scale over all given numbers; around zero if they are signed. NaN has no place in it. @returns {Scale} */
export function scaleOf(arrays, signed) {
    let least = Infinity;
    let most = -Infinity;
    for (const values of arrays) {
        for (const value of values) {
            if (value < least) {
                least = value;
            }
            if (value > most) {
                most = value;
            }
        }
    }
    const far = Math.max(Math.abs(least), Math.abs(most));
    return signed ? {least: -far, most: far, signed} : {least, most, signed};
}

/** Colour of a value. @param {Scale} scale */
export function colourOf(value, {least, most, signed}) {
    const share = most > least ? (value - least) / (most - least) : 0;
    return signed ? signedColour(2 * share - 1) : viridis(share);
}

/** Fills a rectangle with squares, one for each value; what is not a number is hatched. */
export function squares(g, values, rows, columns, x, y, width, height, scale, alpha = 1) {
    for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
            const value = values[row * columns + column];
            // Whole pixels, so that no seams show between neighbours.
            const left = Math.round(x + column * width / columns);
            const top = Math.round(y + row * height / rows);
            const right = Math.round(x + (column + 1) * width / columns);
            const bottom = Math.round(y + (row + 1) * height / rows);
            if (Number.isNaN(value)) {
                hatch(g, left, top, right - left, bottom - top);
            } else {
                // What is near zero on a signed scale says nothing: there the picture shows through.
                const share = scale.signed && alpha < 1 ? Math.min(1, 0.35 + Math.abs(value) / (scale.most || 1)) : 1;
                g.fillStyle = css(colourOf(value, scale), alpha * share);
                g.fillRect(left, top, right - left, bottom - top);
            }
        }
    }
}

function hatch(g, x, y, width, height) {
    g.save();
    g.beginPath();
    g.rect(x, y, width, height);
    g.clip();
    g.strokeStyle = themed('--line');
    g.lineWidth = 1;
    g.beginPath();
    for (let at = -height; at < width; at += 6) {
        g.moveTo(x + at, y + height);
        g.lineTo(x + at + height, y);
    }
    g.stroke();
    g.restore();
}

/** The same map with colours that run from place to place: easier to look at, and finer than the model sees. */
export function smooth(g, values, rows, columns, x, y, width, height, scale, alpha) {
    const small = new OffscreenCanvas(columns, rows);
    squares(small.getContext('2d'), values, rows, columns, 0, 0, columns, rows, scale);
    g.save();
    g.globalAlpha = alpha;
    g.imageSmoothingEnabled = true;
    g.imageSmoothingQuality = 'high';
    g.beginPath();
    g.rect(x, y, width, height);
    g.clip();
    // A half pixel of the small map on each side has no neighbour: the map is drawn that much larger.
    g.drawImage(small, x, y, width, height);
    g.restore();
}

/** Marks a square so that it is seen on dark and on light: a dark line between two light ones. */
export function mark(g, x, y, width, height) {
    for (const [line, colour] of [[5, '#fff'], [2.5, '#111']]) {
        g.lineWidth = line;
        g.strokeStyle = colour;
        g.strokeRect(x, y, width, height);
    }
}

/** Height for a width of 1 at which something is drawn: pictures like ribbons are stretched, so that they can be seen at all. */
export const drawnRatio = (width, height) => Math.min(3, Math.max(0.1, height / width));

/** Covers everything outside of a rectangle, since the model never saw it. */
export function dim(g, width, height, seen) {
    g.save();
    g.fillStyle = themed('--veil');
    g.beginPath();
    g.rect(0, 0, width, height);
    g.rect(seen.x, seen.y, seen.width, seen.height);
    g.fill('evenodd');
    g.strokeStyle = '#fff';
    g.lineWidth = 1.5;
    g.strokeRect(seen.x, seen.y, seen.width, seen.height);
    g.restore();
}

/** Draws an outline with its label. @param {number[]} points x and y by turns, already on the canvas' scale */
export function outline(g, points, label, index, strong) {
    const colour = SERIES[index % SERIES.length];
    g.beginPath();
    for (let i = 0; i < points.length; i += 2) {
        g.lineTo(points[i], points[i + 1]);
    }
    g.closePath();
    g.lineWidth = strong ? 6 : 4;
    g.strokeStyle = '#fff';
    g.stroke();
    g.lineWidth = strong ? 4 : 2;
    g.strokeStyle = colour;
    g.stroke();
    if (strong) {
        g.globalAlpha = 0.25;
        g.fillStyle = colour;
        g.fill();
        g.globalAlpha = 1;
    }
    if (label) {
        g.font = '600 13px Inter, system-ui, sans-serif';
        const width = g.measureText(label).width + 10;
        const x = Math.max(0, Math.min(points[0], g.canvas.clientWidth - width));
        const y = Math.max(0, points[1] - 20);
        g.fillStyle = colour;
        g.fillRect(x, y, width, 20);
        g.fillStyle = '#fff';
        g.fillText(label, x + 5, y + 14.5);
    }
}

/** Corners of a box, for `outline`. */
export const corners = ([left, top, right, bottom]) => [left, top, right, top, right, bottom, left, bottom];

/** Writes 1 to `count` over columns, as many of the numbers as there is room for. */
export function numberColumns(g, count, left, wide) {
    const every = wide < 10 ? 8 : wide < 18 ? 4 : 1;
    g.fillStyle = themed('--muted');
    g.textAlign = 'center';
    for (let i = 0; i < count; i++) {
        if (i === 0 || (i + 1) % every === 0) {
            g.fillText(i + 1, left + (i + 0.5) * wide, 12);
        }
    }
}
