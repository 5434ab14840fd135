// Figure "timeline": one forward pass as bars, parts of the model above the operations that they are made of.

import {html} from '../vendor/preact-htm.js';
import {Canvas} from '../core/canvas.js';
import {compact, duration, percent} from '../core/numbers.js';
import {Figure, Ready} from '../core/figure.js';
import {linear, ticks} from '../core/axes.js';
import {set, whole} from '../core/state.js';
import {isDark, themed} from '../core/colour.js';
import {useRun} from '../core/runs.js';
import {useStudio} from '../core/studio.js';

const ROW = 24;

const TOP = 26;

/** The run of a machine figure, for the chosen model and picture. */
export function useMachineRun({model, picture}) {
    const body = {kind: 'machine', model: model.name, picture: picture.id};
    return {run: useRun(body), body};
}

/** A hue for each operation, the same in all machine figures. */
export const hue = operation => [...operation].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 360;

/** A bar's text: the last parts of a path are what tells it apart; of weights that are read at once the first stands for all. */
const brief = ({name, weight}) => (weight ? weight.split('+')[0].replace(/\.weight$/, '') : name).split('.').slice(-2).join('.');

/** An operation with its weight, in full. */
const full = ({name, weight}) => weight ? `${name} (${weight.replaceAll('+', ', ')})` : name;

export function Timeline() {
    const studio = useStudio();
    const {run, body} = useMachineRun(studio);
    const {params} = studio.view;
    const spans = run?.result?.spans ?? [];
    const zoom = whole(params, 'span', -1, -1, spans.length - 1);
    const chosen = whole(params, 'bar', -1, -1, spans.length - 1);
    const end = Math.max(1e-6, ...spans.map(span => span.end));
    const [from, to] = zoom >= 0 ? [spans[zoom].start, spans[zoom].end] : [0, end];
    const depth = 1 + Math.max(0, ...spans.map(span => span.depth));
    const operations = spans.filter(({kind}) => kind === 'operation');
    const longest = operations.reduce((most, span) => span.end - span.start > (most?.end ?? 0) - (most?.start ?? 0)
        ? span : most, null);
    const bar = spans[chosen];
    const about = span => `${full(span)}: ${duration(span.end - span.start)}, ${percent((span.end - span.start) / end)} of the pass${span.flop
        ? `; ${compact(span.flop)}FLOP, ${compact(span.flop / (span.end - span.start) * 1000)}FLOP/s` : ''}`;
    const sentence = bar ? `${about(bar)}.` : longest
        ? `The pass took ${duration(end)} in ${operations.length} operations; the longest is ${full(longest)} with ${duration(longest.end - longest.start)}.`
        : '';
    const draw = (g, width, height) => paint(g, width, height, spans, from, to, chosen);
    const pick = (x, y, width, height) => {
        const time = from + x * (to - from);
        const row = Math.floor((y * height - TOP) / ROW);
        const index = spans.findIndex(span => span.depth === row && span.start <= time && span.end >= time);
        if (index >= 0) {
            set(index === chosen && spans[index].kind === 'scope' ? {span: index, bar: ''} : {bar: index});
        }
    };
    const move = by => () => set({bar: Math.min(spans.length - 1, Math.max(0, chosen + by))});
    return html`<${Figure} id="timeline" title="Time line of one forward pass"
        lead="Click a bar for its numbers; click a part of the model twice to fill the width with it."
        controls=${zoom >= 0 && html`<button type="button" onClick=${() => set({span: ''})}>The whole pass</button>`}
            sentence=${sentence} numbers=${run?.result?.spans} recipe=${{body}}
        table=${spans.length ? {head: ['operation', 'starts', 'takes', 'share', 'FLOP'],
            rows: operations.map(span => [full(span), duration(span.start), duration(span.end - span.start),
            percent((span.end - span.start) / end), span.flop ? compact(span.flop) : '–'])} : null}>
        <${Ready} run=${run}>${() => html`<${Canvas} ratio=${(TOP + depth * ROW + 4) / 1000} most=${1000} draw=${draw}
            label=${sentence} pick=${pick}
            keys=${{ArrowRight: move(1), ArrowLeft: move(-1), Escape: () => set({span: '', bar: ''})}}
                fixed=${TOP + depth * ROW + 4} />`}<//>
    <//>`;
}

function paint(g, width, height, spans, from, to, chosen) {
    const x = linear(from, to, 0, width);
    g.font = '11px Inter, system-ui, sans-serif';
    g.fillStyle = themed('--muted');
    for (const tick of ticks(from, to, 6)) {
        const at = x(tick);
        g.fillStyle = themed('--line');
        g.fillRect(at, 16, 1, height);
        g.fillStyle = themed('--muted');
        g.fillText(duration(tick), Math.min(at + 3, width - 48), 12);
    }
    const dark = isDark();
    spans.forEach((span, i) => {
        const [left, right] = [Math.max(0, x(span.start)), Math.min(width, x(span.end))];
        if (right < 0 || left > width || right - left < 0.3) {
            return;
        }
        const y = TOP + span.depth * ROW;
        g.fillStyle = span.kind === 'scope' ? themed('--track')
            : `hsl(${hue(span.name)} ${dark ? '38% 40%' : '55% 78%'})`;
        g.fillRect(left, y, Math.max(1, right - left - 1), ROW - 3);
        if (i === chosen) {
            g.strokeStyle = themed('--ink');
            g.lineWidth = 2;
            g.strokeRect(left + 1, y + 1, Math.max(1, right - left - 3), ROW - 5);
        }
        if (right - left > 36) {
            g.save();
            g.beginPath();
            g.rect(left, y, right - left - 4, ROW);
            g.clip();
            g.fillStyle = themed('--ink');
            g.fillText(brief(span), left + 4, y + 14.5);
            g.restore();
        }
    });
}
