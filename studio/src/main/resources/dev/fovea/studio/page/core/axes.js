// Axes, ticks and lines in SVG.

import {SERIES} from './colour.js';
import {html, useLayoutEffect, useRef, useState} from '../vendor/preact-htm.js';

/** Round numbers from `least` to `most`, some five of them (Heckbert 1990). */
export function ticks(least, most, count = 5) {
    const span = most - least || 1;
    const rough = span / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find(times => times * power >= rough) * power;
    const all = [];
    for (let at = Math.ceil(least / step - 1e-9) * step; at <= most + step * 1e-9; at += step) {
        all.push(Math.abs(at) < step * 1e-9 ? 0 : at);
    }
    return all;
}

/** As many decimals as the distance of ticks needs. */
export const tickText = all => {
    const digits = all.length > 1 ? Math.max(0, -Math.floor(Math.log10(all[1] - all[0]) + 1e-9)) : 2;
    return value => value.toFixed(digits).replace('-', '\u2212');
};

/** Draws a chart as wide as there is room, so that its letters keep their size. @param {{most?: number, children: (width: number) => any}} props */
export function Wide({most = 860, children}) {
    const box = useRef(null);
    const [width, resize] = useState(0);
    useLayoutEffect(() => {
        const measure = () => resize(Math.min(most, Math.floor(box.current.clientWidth)));
        measure();
        const observer = new ResizeObserver(measure);
        observer.observe(box.current);
        return () => observer.disconnect();
    }, [most]);
    return html`<div class="wide" ref=${box}>${width > 0 && children(width)}</div>`;
}

/** A linear scale. */
export const linear = (from, to, start, end) => value => start + (value - from) / (to - from || 1) * (end - start);

/**
 * Lines over a common axis, named at their ends.
 *
 * @param {{series: {name: string, values: number[], dashed?: boolean}[], xs: number[], x: string, y: string, label: string,
 *     height?: number}} props
 */
export const LineChart = props => html`<${Wide}>${width => html`<${Lines} ...${props} width=${width} />`}<//>`;

function Lines({series, xs, x, y, label, height = 260, width}) {
    const [left, right, top, bottom] = [56, Math.min(160, width / 4), 14, 42];
    const all = series.flatMap(({values}) => values).filter(Number.isFinite);
    const yTicks = ticks(Math.min(...all), Math.max(...all));
    const low = Math.min(...all, yTicks[0]);
    const high = Math.max(...all, yTicks.at(-1));
    const sx = linear(xs[0], xs.at(-1), left, width - right);
    const sy = linear(low, high, height - bottom, top);
    const xTicks = ticks(xs[0], xs.at(-1), Math.min(6, xs.length - 1));
    const [xText, yText] = [tickText(xTicks), tickText(yTicks)];
    return html`<svg width=${width} height=${height} viewBox="0 0 ${width} ${height}" class="chart" role="img"
        aria-label=${label} data-export>
        ${yTicks.map(tick => html`<line class="grid" x1=${left} x2=${width - right} y1=${sy(tick)} y2=${sy(tick)} />
            <text class="tick" x=${left - 8} y=${sy(tick) + 4} text-anchor="end">${yText(tick)}</text>`)}
        ${xTicks.map(tick => html`<text class="tick" x=${sx(tick)} y=${height - bottom + 18}
            text-anchor="middle">${xText(tick)}</text>`)}
        <line class="axis" x1=${left} x2=${width - right} y1=${height - bottom} y2=${height - bottom} />
        <text class="tick" x=${(left + width - right) / 2} y=${height - 6} text-anchor="middle">${x}</text>
        <text class="tick" x="14" y=${(top + height - bottom) / 2} text-anchor="middle"
            transform="rotate(-90 14 ${(top + height - bottom) / 2})">${y}</text>
        ${series.map(({values, dashed}, i) => html`<polyline class="line" stroke=${SERIES[i % SERIES.length]}
            stroke-dasharray=${dashed ? '6 4' : undefined}
            points=${values.map((value, j) => `${sx(xs[j]).toFixed(1)},${sy(value).toFixed(1)}`).join(' ')} />`)}
        ${spread(series.map(({values}) => sy(values.at(-1))), top + 6,
            height - bottom).map((place, i) => html`<line class="line" x1=${width - right + 8}
            x2=${width - right + 20} y1=${place} y2=${place} stroke=${SERIES[i % SERIES.length]} /><text class="name"
                x=${width - right + 26} y=${place + 4}>${shortened(series[i].name,
                Math.floor((right - 26) / 7))}</text>`)}
    </svg>`;
}

/** Moves names apart that would lie on each other. */
function spread(places, top, bottom) {
    const order = places.map((place, i) => [place, i]).sort((a, b) => a[0] - b[0]);
    const gap = Math.min(17, (bottom - top) / Math.max(1, places.length - 1));
    let last = top - gap;
    order.forEach(entry => {
        entry[0] = last = Math.max(entry[0], last + gap);
    });
    const over = Math.max(0, last - bottom);
    const result = [];
    order.forEach(([place, i]) => {
        result[i] = place - over;
    });
    return result;
}

export const shortened = (text, most) => text.length > most ? `${text.slice(0, most - 1)}…` : text;
