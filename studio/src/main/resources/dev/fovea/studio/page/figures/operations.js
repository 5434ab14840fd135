// Figure "operations": time by operation, and each operation beside what this machine could reach (roofline).

import {html} from '../vendor/preact-htm.js';
import {Bar} from '../core/widgets.js';
import {compact, duration, percent} from '../core/numbers.js';
import {Figure, Ready} from '../core/figure.js';
import {hue, useMachineRun} from './timeline.js';
import {json, useData} from '../core/api.js';
import {linear, Wide} from '../core/axes.js';
import {useStudio} from '../core/studio.js';

export function Operations() {
    const studio = useStudio();
    const {run, body} = useMachineRun(studio);
    const machine = useData('machine', signal => json('api/machine', signal));
    const all = [...run?.result?.operations ?? []].sort((a, b) => b.milliseconds - a.milliseconds);
    const total = all.reduce((sum, one) => sum + one.milliseconds, 0);
    const first = all[0];
    const speed = one => one.flop / one.milliseconds * 1000;
    const facts = machine.data;
    const sentence = first && facts
        ? `${first.operation} takes ${percent(first.milliseconds / total)} of ${duration(total)} and reaches ${compact(speed(first))}FLOP/s, ${percent(speed(first) / facts.peakFlops)} of what this machine does at most (${compact(facts.peakFlops)}FLOP/s with ${facts.threads} threads).`
        : '';
    return html`<${Figure} id="operations" title="Operations beside what this machine can do" svg=${true}
        lead="Left of the bend, memory is the limit; right of it, arithmetic. A point far below the line has room for a better kernel."
        sentence=${sentence} numbers=${run?.result?.operations} recipe=${{body}}
        table=${first && {head: ['operation', 'calls', 'time', 'share', 'FLOP', 'bytes', 'FLOP/s'],
            rows: all.map(one => [one.operation, one.calls, duration(one.milliseconds),
            percent(one.milliseconds / total), compact(one.flop), compact(one.bytes), compact(speed(one))])}}>
        <${Ready} run=${run} of=${machine}>${() => html`<${Roofline}
            all=${all.filter(({flop, bytes, milliseconds}) => flop > 0 && bytes > 0 && milliseconds > 0)}
            facts=${facts} label=${sentence} />
            <ol class="bars wide">${all.map(one => html`<li key=${one.operation}><span>${one.operation}</span><${Bar}
                share=${one.milliseconds / first.milliseconds} /><b>${duration(one.milliseconds)}</b></li>`)}</ol>
            <p class="facts">Memory of the Java heap: ${compact(facts.heapUsed)}B of at most ${compact(facts.heapMax)}B. Weights lie outside of it.</p>`}<//>
    <//>`;
}

const log = Math.log10;

/** Both axes by powers of ten. */
const Roofline = props => html`<${Wide}>${width => html`<${Roof} ...${props} width=${width} />`}<//>`;

function Roof({all, facts: {peakFlops, peakBytes}, label, width}) {
    const [height, left, right, top, bottom] = [330, 74, 20, 16, 46];
    const bend = peakFlops / peakBytes;
    const intensity = one => one.flop / one.bytes;
    const speed = one => one.flop / one.milliseconds * 1000;
    const [low, high] = [Math.floor(log(Math.min(0.1, ...all.map(intensity)))),
        Math.ceil(log(Math.max(bend * 10, ...all.map(intensity))))];
    const [least, most] = [Math.floor(log(Math.min(peakFlops / 1000, ...all.map(speed)))), Math.ceil(log(peakFlops))];
    const x = linear(low, high, left, width - right);
    const y = linear(least, most, height - bottom, top);
    const powers = (from, to) => Array.from({length: to - from + 1}, (_, i) => from + i);
    return html`<svg class="chart" width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="img"
        aria-label=${label} data-export>
        ${powers(low, high).map(power => html`<line class="grid" x1=${x(power)} x2=${x(power)} y1=${top}
            y2=${height - bottom} /><text class="tick" x=${x(power)} y=${height - bottom + 18}
            text-anchor="middle">${10 ** power}</text>`)}
        ${powers(least, most).map(power => html`<line class="grid" x1=${left} x2=${width - right} y1=${y(power)}
            y2=${y(power)} /><text class="tick" x=${left - 8} y=${y(power) + 4}
            text-anchor="end">${compact(10 ** power)}</text>`)}
        <text class="tick" x=${(left + width) / 2} y=${height - 8}
            text-anchor="middle">FLOP for each byte read or written</text>
        <text class="tick" x="16" y=${(top + height - bottom) / 2} text-anchor="middle"
            transform="rotate(-90 16 ${(top + height - bottom) / 2})">FLOP/s</text>
        <polyline class="roof" points="${x(low)},${y(Math.max(least,
            log(peakBytes) + low))} ${x(log(bend))},${y(log(peakFlops))} ${x(high)},${y(log(peakFlops))}" />
        ${apart(all.map(one => ({name: one.operation, x: x(log(intensity(one))), y: y(log(speed(one)))})),
        width - 110).map(one => html`<g key=${one.name}><circle class="dot" cx=${one.x} cy=${one.y} r="6"
            fill=${`hsl(${hue(one.name)} 60% 45%)`} />
            <text class="tick ink" x=${one.x + (one.left ? -10 : 10)} y=${one.line + 4}
                text-anchor=${one.left ? 'end' : 'start'}>${one.name}</text></g>`)}
    </svg>`;
}

/** Gives names of dots that lie close together lines of their own, left of the dots where the right is too narrow. */
function apart(dots, edge) {
    const placed = [];
    for (const dot of dots.sort((a, b) => a.y - b.y)) {
        let line = dot.y;
        while (placed.some(other => Math.abs(other.x - dot.x) < 90 && Math.abs(other.line - line) < 13)) {
            line += 13;
        }
        placed.push({...dot, line, left: dot.x > edge});
    }
    return placed;
}
