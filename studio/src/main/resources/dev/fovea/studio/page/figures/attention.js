// Figure "attention": every layer and head as a small map, one of them large; a click asks another token.

import {html} from '../vendor/preact-htm.js';
import {Canvas} from '../core/canvas.js';
import {Bar, Choice, Switch} from '../core/widgets.js';
import {Figure, Ready} from '../core/figure.js';
import {largest, percent} from '../core/numbers.js';
import {Legend, PictureMap, tokenName, useSteps} from './picture-map.js';
import {mark, numberColumns, scaleOf, squares} from '../core/draw.js';
import {set, whole} from '../core/state.js';
import {summary, themed} from '../core/colour.js';
import {useClipRun, useStudio} from '../core/studio.js';
import {floats, useData} from '../core/api.js';
import {useKeys} from '../core/keys.js';

export function Attention() {
    const studio = useStudio();
    const {run, body, model} = useClipRun(studio);
    const steps = useSteps(model, studio.picture);
    const {params} = studio.view;
    const vision = run?.result?.vision;
    const layers = rowsOf(vision);
    const layer = whole(params, 'layer', layers - 1, 0, layers - 1);
    const head = params.head === 'mean' ? -1 : whole(params, 'head', 0, 0, (vision?.heads ?? 1) - 1);
    const registers = vision ? vision.before.length - 1 : 0;
    const asks = whole(params, 'query', 0, Math.min(0, -registers),
        vision?.layers ? vision.patchRows * vision.patchColumns : 0);
    // A tower without a class token has no other token that asks by itself.
    const query = asks === 0 && vision?.layers && !vision.before.length ? middle(vision) : asks;
    const rows = useLayers(run, layers, query);
    useKeys({
        '[': ['layer before', () => set({layer: Math.max(0, layer - 1)})],
        ']': ['next layer', () => set({layer: Math.min(layers - 1, layer + 1)})],
        ',': ['head before', () => set({head: Math.max(0, head - 1)})],
        '.': ['next head', () => set({head: Math.min(vision.heads - 1, head + 1)})]
    });
    const last = rows.data && !rows.data[layer];
    const weights = rows.data && !last ? rowOf(rows.data[layer], head) : null;
    const columns = vision?.patchColumns;
    const patches = weights?.subarray(vision.before.length);
    const top = weights && largest(weights, 5);
    const reads = vision?.pools && layer === vision.layers;
    const token = query > 0 ? vision?.before.length + query - 1 : -query;
    const who = !vision ? '' : reads ? `the ${vision.readBy}` : query > 0 ? `the patch in ${tokenName(token, vision)}`
        : `${query ? '' : 'the '}${vision.before[token]}`;
    const named = vision && (reads ? 'The attention that pools' : `Layer ${layer + 1} of ${vision.layers}`);
    const sentence = !vision || !rows.data ? '' : last
        ? `In the last layer only the class token asks, since nothing else of it is used. Choose an earlier layer, or the class token.`
        : `${named}, ${head < 0 ? 'mean of the heads' : `head ${head + 1} of ${vision.heads}`}: ${who} attends most to ${top.slice(0,
        3).map(one => `${tokenName(one, vision)} (${percent(weights[one])})`).join('; ')}.`;
    const scale = patches && scaleOf([[0, ...patches]], false);
    const path = reads ? 'reading' : `attention?layer=${layer}&query=${token}`;
    return html`<${Figure} id="attention" title="Attention of every layer and head"
        lead="Each small map is one head: where the chosen token fetches from. Choose a map on the left; click the picture to let that patch ask."
        controls=${vision && html`<${Choice} label="Layer" value=${String(layer)}
            change=${chosen => set({layer: chosen})}
            options=${Array.from({length: layers}, (_, l) => [String(l), l === vision.layers ? `pooling, by the ${vision.readBy}` : `${l + 1} of ${vision.layers}`])} />
            <${Choice} label="Head" value=${head < 0 ? 'mean' : String(head)} change=${chosen => set({head: chosen})}
                options=${[...Array.from({length: vision.heads},
                (_, h) => [String(h), `${h + 1} of ${vision.heads}`]), ['mean', 'mean of all']]} />
            ${vision.before.length > 0 && !vision.pools && html`<button type="button" disabled=${query === 0}
                onClick=${() => set({query: 0})}>Let the class token ask</button>`}
            ${registers > 0 && html`<${Choice} label="Register" value=${query < 0 ? String(query) : ''}
                change=${chosen => set({query: chosen || 0})} options=${[['', 'none asks'],
                ...vision.before.slice(1).map((name, i) => [String(-1 - i), name])]} />`}
            <${Switch} label="Smooth" on=${params.soft === '1'} change=${on => set({soft: on ? 1 : ''})} />`}
        sentence=${sentence} numbers=${weights} recipe=${{body, path, values: {layer, head: Math.max(0, head), query: token}}}
        table=${weights && {head: ['token', 'weight'],
            rows: Array.from(weights, (value, token) => [tokenName(token, vision), percent(value)])}}>
        <${Ready} run=${run} of=${[steps, rows]}>${() => html`<div class="two">
            <div><${Grid} rows=${rows.data} vision=${vision} layer=${layer} head=${head} query=${query}
                who=${who} /></div>
            <div><${PictureMap} picture=${studio.picture} steps=${steps.data} rows=${vision.patchRows}
                columns=${columns} values=${patches}
                scale=${scale} chosen=${reads ? -1 : query - 1} soft=${params.soft === '1'} label=${sentence}
                    pick=${vision.layers ? index => set({query: index + 1, ...reads && {layer: Math.max(0, layer - 1)}}) : undefined}
                most=${480} />
                ${weights && html`<${Legend} scale=${scale} name="share of the row" />
                <ol class="bars">${top.map(token => html`<li key=${token}><span>${tokenName(token, vision)}</span>
                    <${Bar} share=${weights[token] / weights[top[0]]} /><b>${percent(weights[token])}</b></li>`)}</ol>
                <p class="facts">On all patches together ${percent(summary(patches).total)}${vision.before.map((name, i) => `, on ${i ? '' : 'the '}${name} ${percent(weights[i])}`).join('')}; entropy ${summary(weights).entropy.toFixed(1)} of at most ${Math.log2(weights.length).toFixed(1)} bits.</p>`}</div></div>`}<//>
    <//>`;
}

/** How many attentions there are: those of the layers, and the one that pools. */
const rowsOf = vision => vision ? vision.layers + (vision.pools ? 1 : 0) : 1;

const middle = ({patchRows, patchColumns}) => Math.floor(patchRows / 2) * patchColumns + Math.floor(patchColumns / 2) + 1;

/** The rows of one query in all attentions, null where it has none. */
function useLayers(run, count, query) {
    const id = run?.result?.run;
    const vision = run?.result?.vision;
    const asks = vision && (query > 0 ? vision.before.length + query - 1 : -query);
    const path = layer => vision.pools && layer === vision.layers ? 'reading'
        : layer >= vision.lastWhole && query ? null : query || vision.before.length ? `attention?layer=${layer}&query=${asks}` : null;
    return useData(id ? `run ${id} rows ${query}` : null, signal => Promise.all(Array.from({length: count},
        (_, layer) => path(layer) && floats(`api/runs/${id}/${path(layer)}`, signal))));
}

/** A head's row, or the mean of the heads' rows. */
function rowOf({data, shape: [heads, tokens]}, head) {
    if (head >= 0) {
        return data.subarray(head * tokens, (head + 1) * tokens);
    }
    return Float32Array.from({length: tokens}, (_, token) => {
        let sum = 0;
        for (let h = 0; h < heads; h++) {
            sum += data[h * tokens + token];
        }
        return sum / heads;
    });
}

/** Layers from top to bottom, heads from left to right; each map has its own scale. */
function Grid({rows, vision, layer, head, who}) {
    const {heads, patchRows, patchColumns} = vision;
    const layers = rowsOf(vision);
    const gap = 4;
    const side = 26;
    const most = Math.min(460, side + heads * 72);
    const high = (most - side) / heads * patchRows / patchColumns;
    const draw = (g, width) => {
        const wide = (width - side) / heads;
        const tall = wide * patchRows / patchColumns;
        g.font = '11px Inter, system-ui, sans-serif';
        numberColumns(g, heads, side, wide);
        for (let l = 0; l < layers; l++) {
            const y = 20 + l * tall;
            g.fillStyle = themed('--muted');
            g.textAlign = 'right';
            g.fillText(l === vision.layers ? 'P' : l + 1, side - 8, y + tall / 2 + 4);
            for (let h = 0; h < heads; h++) {
                const x = side + h * wide;
                if (rows[l]) {
                    const patches = rowOf(rows[l], h).subarray(vision.before.length);
                    squares(g, patches, patchRows, patchColumns, x, y, wide - gap, tall - gap,
                        scaleOf([[0, ...patches]], false));
                } else {
                    g.strokeStyle = themed('--line');
                    g.strokeRect(x + 0.5, y + 0.5, wide - gap - 1, tall - gap - 1);
                }
            }
        }
        if (head >= 0) {
            mark(g, side + head * wide - 1, 20 + layer * tall - 1, wide - gap + 2, tall - gap + 2);
        }
    };
    const ratio = (20 + layers * high) / most;
    const choose = (l, h) => set({layer: Math.min(layers - 1, Math.max(0, l)),
        head: Math.min(heads - 1, Math.max(0, h))});
    return html`<figure><${Canvas} ratio=${ratio} most=${most} draw=${draw}
        label=${`${layers} layers by ${heads} heads, each as a small map of where ${who} attends. Chosen: row ${layer + 1}, ${head < 0 ? 'mean of the heads'
        : `head ${head + 1}`}.`}
        pick=${(x, y, width, height) => {
        const wide = (width - side) / heads;
        const [l, h] = [Math.floor((y * height - 20) / (wide * patchRows / patchColumns)),
            Math.floor((x * width - side) / wide)];
        if (l >= 0 && h >= 0) {
            choose(l, h);
        }
    }} keys=${{ArrowUp: () => choose(layer - 1, head), ArrowDown: () => choose(layer + 1, head),
        ArrowLeft: () => choose(layer, head - 1), ArrowRight: () => choose(layer, head + 1)}} />
        <figcaption>Rows: layers${vision.pools ? `, P: the attention that pools, by the ${vision.readBy}` : ''}. Columns: heads. Each map has a scale of its own.</figcaption></figure>`;
}
