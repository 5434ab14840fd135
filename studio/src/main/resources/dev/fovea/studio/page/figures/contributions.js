// Figure "contributions": the cosine as a sum that can be added by hand, and what each head adds.

import {html} from '../vendor/preact-htm.js';
import {Canvas} from '../core/canvas.js';
import {Choice, Switch} from '../core/widgets.js';
import {colourOf, mark, numberColumns, scaleOf, squares} from '../core/draw.js';
import {themed} from '../core/colour.js';
import {Figure, Ready} from '../core/figure.js';
import {fixed, largest, place, withSign} from '../core/numbers.js';
import {Legend, PictureMap, useSteps} from './picture-map.js';
import {linear, ticks, tickText, Wide} from '../core/axes.js';
import {set, whole} from '../core/state.js';
import {useClipRun, useStudio} from '../core/studio.js';
import {useFloats, useJson} from '../core/runs.js';

export function Contributions() {
    const studio = useStudio();
    const {run, body, model, labels, label} = useClipRun(studio);
    const {params} = studio.view;
    const steps = useSteps(model, studio.picture);
    const parts = useJson(run, `contributions?label=${label}`);
    const vision = run?.result?.vision;
    const rows = parts.data?.heads.length ?? 1;
    const layer = whole(params, 'layer', rows - 1, 0, rows - 1);
    const one = params.head !== undefined && params.head !== '' && params.head !== 'mean';
    const head = one ? whole(params, 'head', 0, 0, (parts.data?.heads[0].length ?? 1) - 1) : -1;
    const nameOf = row => vision?.pools ? 'the pooling' : `layer ${row + 1}`;
    const map = useFloats(run, `maps/contributions?label=${label}${one ? `&layer=${layer}&head=${head}` : ''}`);
    const heads = parts.data?.terms.every(({name}) => name !== 'cells'); // a plain mean has none
    const detailed = params.detail === '1';
    const terms = parts.data && (detailed ? named(parts.data.terms) : byLayer(parts.data.terms));
    const strongest = terms && largest(terms.map(({value}) => Math.abs(value)), 1)[0];
    const sentence = terms ? `The ${terms.length} terms sum to ${fixed(parts.data.sum,
        5)}; the cosine of the picture with “${labels[label]}” is ${fixed(parts.data.cosine,
        5)}. The largest is ${terms[strongest].name} with ${withSign(terms[strongest].value)}.` : '';
    return html`<${Figure} id="contributions" title="Why this cosine: contributions that add up" svg=${true}
        lead=${`Each bar begins where the one before it ends. Add them by hand: the sum is the cosine. ${heads === false
            ? 'Below, the share of each cell of the last map.' : 'Below, choose a head to see which patches it used.'}`}
        controls=${html`<${Choice} label="Label" value=${String(label)} change=${chosen => set({label: chosen})}
            options=${labels.map((text, i) => [String(i), text])} />
            <${Switch} label="Heads, biases and MLPs apart" on=${detailed}
                change=${on => set({detail: on ? 1 : ''})} />`}
        sentence=${sentence} numbers=${parts.data}
            recipe=${{body, path: `contributions?label=${label}`, values: {label}}}
        table=${terms && {head: ['term', 'adds', 'sum so far'],
            rows: sums(terms).map(({name, value, end}) => [name, withSign(value, 5), fixed(end, 5)])}}>
        <${Ready} run=${run} of=${[steps, parts, map]}>${() => html`
            <${Waterfall} terms=${terms} cosine=${parts.data.cosine} label=${sentence} />
            <div class="two even">${heads && html`<section><h3>What each head adds</h3><${Heads} heads=${parts.data.heads}
                layer=${layer} head=${head} pools=${vision.pools} /></section>`}
            <section><h3>${one ? `Head ${head + 1} of ${nameOf(layer)}: from which patches` : !heads
                ? 'From which cells' : `All heads of ${vision.pools ? 'the pooling' : 'all layers'}: from which patches`}</h3>
                <${PictureMap} picture=${studio.picture} steps=${steps.data} rows=${vision.patchRows}
                    columns=${vision.patchColumns} values=${map.data.data}
                    scale=${scaleOf([map.data.data], true)} most=${400} alpha=${0.8}
                        label=${`Red patches raise the cosine with ${labels[label]}, blue ones lower it; highest in ${place(largest(map.data.data,
                        1)[0], vision.patchColumns)}`} />
                <${Legend} scale=${scaleOf([map.data.data], true)} digits=${4} name="added to the cosine" />
                ${one && html`<p><button type="button"
                    onClick=${() => set({head: '', layer: ''})}>All heads together</button></p>`}</section></div>`}<//>
    <//>`;
}

const TITLES = {start: 'start', heads: 'heads', cells: 'cells', bias: 'bias', mlp: 'MLP', projection: 'last norm’s β',
    values: 'value biases', 'pooled mlp': 'MLP of the pooling'};

const titleOf = name => TITLES[name] ?? name;

const named = terms => terms.map(({name, layer, value}) => ({name: layer === null || layer === undefined
    ? titleOf(name) : `layer ${layer + 1} ${titleOf(name)}`, value}));

/** Terms of a layer together. */
function byLayer(terms) {
    const result = new Map();
    for (const {name, layer, value} of terms) {
        const key = layer === null || layer === undefined ? titleOf(name) : `layer ${layer + 1}`;
        result.set(key, (result.get(key) ?? 0) + value);
    }
    return Array.from(result, ([name, value]) => ({name, value}));
}

function sums(terms) {
    let end = 0;
    return terms.map(({name, value}) => ({name, value, start: end, end: end += value}));
}

/** Bars from left to right, from sum to sum. */
const Waterfall = props => html`<${Wide}>${width => html`<${Falls} ...${props} width=${width} />`}<//>`;

function Falls({terms, cosine, label, width}) {
    const bars = [...sums(terms), {name: 'cosine', value: cosine, start: 0, end: cosine, total: true}];
    const [left, right, top] = [128, 84, 10];
    const step = bars.length > 20 ? 18 : 26;
    const height = top + bars.length * step + 34;
    const low = Math.min(0, ...bars.map(({end}) => end));
    const high = Math.max(0, ...bars.map(({end}) => end));
    const scale = linear(low, high, left, width - right);
    const marks = ticks(low, high, 6);
    const text = tickText(marks);
    return html`<svg class="chart" width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="img"
        aria-label=${label} data-export>
        ${marks.map(tick => html`<line class=${tick ? 'grid' : 'axis'} x1=${scale(tick)} x2=${scale(tick)} y1=${top}
            y2=${height - 28} />
            <text class="tick" x=${scale(tick)} y=${height - 12} text-anchor="middle">${text(tick)}</text>`)}
        ${bars.map(({name, value, start, end, total}, i) => {
        const y = top + i * step;
        const [from, to] = [scale(Math.min(start, end)), scale(Math.max(start, end))];
        return html`<g key=${name}><text class=${total ? 'tick strong' : 'tick'} x=${left - 10} y=${y + step / 2 + 4}
            text-anchor="end">${name}</text>
            <rect class=${total ? 'whole' : value < 0 ? 'down' : 'up'} x=${from} y=${y + 3}
                width=${Math.max(1, to - from)} height=${step - 6} rx="2" />
            ${i < bars.length - 1 && html`<line class="link" x1=${scale(end)} x2=${scale(end)} y1=${y + step - 3}
                y2=${y + step + 3} />`}
            <text class=${total ? 'tick strong' : 'tick'} x=${to + 6}
                y=${y + step / 2 + 4}>${total ? fixed(value, 4) : withSign(value)}</text></g>`;
    })}</svg>`;
}

/** Layers by heads, red for what raises the cosine; a click shows the patches behind a head. */
function Heads({heads, layer, head, pools}) {
    const [layers, count] = [heads.length, heads[0].length];
    const values = Float32Array.from(heads.flat());
    const scale = scaleOf([values], true);
    const side = 26;
    const most = Math.min(420, side + count * 60);
    const ratio = (20 + layers * Math.min(40, (most - side) / count)) / most;
    const draw = (g, width, height) => {
        const [wide, tall] = [(width - side) / count, (height - 20) / layers];
        squares(g, values, layers, count, side, 20, width - side, height - 20, scale);
        g.font = '11px Inter, system-ui, sans-serif';
        for (let l = 0; l < layers; l++) {
            g.fillStyle = themed('--muted');
            g.textAlign = 'right';
            g.fillText(pools ? '' : l + 1, side - 8, 20 + (l + 0.5) * tall + 4);
            for (let h = 0; h < count; h++) {
                const value = heads[l][h];
                g.textAlign = 'center';
                if (wide > 42) {
                    const [red, green, blue] = colourOf(value, scale);
                    g.fillStyle = 0.3 * red + 0.6 * green + 0.1 * blue > 140 ? '#111' : '#fff';
                    g.fillText(withSign(value, 3), side + (h + 0.5) * wide, 20 + (l + 0.5) * tall + 4);
                }
            }
        }
        numberColumns(g, count, side, wide);
        if (head >= 0) {
            mark(g, side + head * wide, 20 + layer * tall, wide, tall);
        }
    };
    const choose = (l, h) => set({layer: Math.min(layers - 1, Math.max(0, l)),
        head: Math.min(count - 1, Math.max(0, h))});
    const pick = (x, y, width, height) => {
        const [l, h] = [Math.floor((y * height - 20) / (height - 20) * layers),
            Math.floor((x * width - side) / (width - side) * count)];
        if (l >= 0 && h >= 0) {
            choose(l, h);
        }
    };
    return html`<figure><${Canvas} ratio=${ratio} most=${most} draw=${draw} pick=${pick}
        label=${`What each of ${count} heads${pools ? ' of the pooling' : ` in ${layers} layers`} adds to the cosine; most by ${pools ? '' : `layer ${Math.floor(largest(values,
        1)[0] / count) + 1}, `}head ${largest(values, 1)[0] % count + 1}: ${withSign(Math.max(...values))}`}
        keys=${{ArrowUp: () => choose(layer - 1, head), ArrowDown: () => choose(layer + 1, head),
            ArrowLeft: () => choose(layer, head - 1), ArrowRight: () => choose(layer, head + 1)}} />
        <figcaption>${pools ? 'Heads of the attention that pools.' : 'Rows: layers. Columns: heads.'} Red raises the cosine, blue lowers it.</figcaption></figure>`;
}
