// Figure "attention": every layer and head as a small map, one of them large; a click asks another token.

import {html} from '../vendor/preact-htm.js';
import {Canvas} from '../core/canvas.js';
import {Bar, Choice, Switch} from '../core/widgets.js';
import {Figure, Ready} from '../core/figure.js';
import {largest, percent} from '../core/numbers.js';
import {Legend, PictureMap, tokenName, useSteps} from './picture-map.js';
import {mark, scaleOf, squares} from '../core/draw.js';
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
    const layers = vision?.layers ?? 1;
    const layer = whole(params, 'layer', layers - 1, 0, layers - 1);
    const head = params.head === 'mean' ? -1 : whole(params, 'head', 0, 0, (vision?.heads ?? 1) - 1);
    const query = whole(params, 'query', 0, 0, vision ? vision.patchRows * vision.patchColumns : 0);
    const rows = useLayers(run, layers, query);
    useKeys({
        '[': ['layer before', () => set({layer: Math.max(0, layer - 1)})],
        ']': ['next layer', () => set({layer: Math.min(layers - 1, layer + 1)})],
        ',': ['head before', () => set({head: Math.max(0, head - 1)})],
        '.': ['next head', () => set({head: Math.min(vision.heads - 1, head + 1)})]
    });
    const last = layer === layers - 1 && query > 0;
    const weights = rows.data && !last ? rowOf(rows.data[layer], head, vision) : null;
    const columns = vision?.patchColumns;
    const patches = weights?.subarray(1);
    const top = weights && largest(weights, 5);
    const who = vision && tokenName(query, columns);
    const sentence = !vision || !rows.data ? '' : last
        ? `In the last layer only the class token asks, since nothing else of it is used. Choose an earlier layer, or the class token.`
        : `Layer ${layer + 1} of ${layers}, ${head < 0 ? 'mean of the heads'
        : `head ${head + 1} of ${vision.heads}`}: ${who === 'class token' ? 'the class token'
        : `the patch in ${who}`} attends most to ${top.slice(0,
        3).map(token => `${tokenName(token, columns)} (${percent(weights[token])})`).join('; ')}.`;
    const scale = patches && scaleOf([[0, ...patches]], false);
    const path = `attention?layer=${layer}&query=${query}`;
    return html`<${Figure} id="attention" title="Attention of every layer and head"
        lead="Each small map is one head: where the chosen token fetches from. Choose a map on the left; click the picture to let that patch ask."
        controls=${vision && html`<${Choice} label="Layer" value=${String(layer)}
            change=${chosen => set({layer: chosen})}
            options=${Array.from({length: layers}, (_, l) => [String(l), `${l + 1} of ${layers}`])} />
            <${Choice} label="Head" value=${head < 0 ? 'mean' : String(head)} change=${chosen => set({head: chosen})}
                options=${[...Array.from({length: vision.heads},
                (_, h) => [String(h), `${h + 1} of ${vision.heads}`]), ['mean', 'mean of all']]} />
            <button type="button" disabled=${query === 0}
                onClick=${() => set({query: 0})}>Let the class token ask</button>
            <${Switch} label="Smooth" on=${params.soft === '1'} change=${on => set({soft: on ? 1 : ''})} />`}
        sentence=${sentence} numbers=${weights} recipe=${{body, path, values: {layer, head, query}}}
        table=${weights && {head: ['token', 'weight'],
            rows: Array.from(weights, (value, token) => [tokenName(token, columns), percent(value)])}}>
        <${Ready} run=${run} of=${[steps, rows]}>${() => html`<div class="two">
            <div><${Grid} rows=${rows.data} vision=${vision} layer=${layer} head=${head} query=${query} /></div>
            <div><${PictureMap} picture=${studio.picture} steps=${steps.data} rows=${vision.patchRows}
                columns=${columns} values=${patches}
                scale=${scale} chosen=${query - 1} soft=${params.soft === '1'} label=${sentence}
                    pick=${index => set({query: index + 1})} most=${480} />
                ${weights && html`<${Legend} scale=${scale} name="share of the row" />
                <ol class="bars">${top.map(token => html`<li key=${token}><span>${tokenName(token, columns)}</span>
                    <${Bar} share=${weights[token] / weights[top[0]]} /><b>${percent(weights[token])}</b></li>`)}</ol>
                <p class="facts">On all patches together ${percent(summary(patches).total)}, on the class token ${percent(weights[0])}; entropy ${summary(weights).entropy.toFixed(1)} of at most ${Math.log2(weights.length).toFixed(1)} bits.</p>`}</div></div>`}<//>
    <//>`;
}

/** The rows of one query in all layers that have it. */
function useLayers(run, layers, query) {
    const id = run?.result?.run;
    const asked = query ? layers - 1 : layers;
    return useData(id ? `run ${id} rows ${query}` : null, signal => Promise.all(Array.from({length: asked},
        (_, layer) => floats(`api/runs/${id}/attention?layer=${layer}&query=${query}`, signal))));
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
function Grid({rows, vision, layer, head, query}) {
    const {layers, heads, patchRows, patchColumns} = vision;
    const gap = 4;
    const side = 26;
    const most = Math.min(460, side + heads * 72);
    const high = (most - side) / heads * patchRows / patchColumns;
    const draw = (g, width) => {
        const wide = (width - side) / heads;
        const tall = wide * patchRows / patchColumns;
        g.font = '11px Inter, system-ui, sans-serif';
        g.fillStyle = themed('--muted');
        g.textAlign = 'center';
        for (let h = 0; h < heads; h++) {
            g.fillText(h + 1, side + (h + 0.5) * wide, 12);
        }
        for (let l = 0; l < layers; l++) {
            const y = 20 + l * tall;
            g.fillStyle = themed('--muted');
            g.textAlign = 'right';
            g.fillText(l + 1, side - 8, y + tall / 2 + 4);
            for (let h = 0; h < heads; h++) {
                const x = side + h * wide;
                if (rows[l]) {
                    const patches = rowOf(rows[l], h).subarray(1);
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
        label=${`${layers} layers by ${heads} heads, each as a small map of where ${query ? 'the chosen patch'
        : 'the class token'} attends. Chosen: layer ${layer + 1}, ${head < 0 ? 'mean of the heads'
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
        <figcaption>Rows: layers. Columns: heads. Each map has a scale of its own.</figcaption></figure>`;
}
