// Figure "norms": tokens whose rows have grown out of all proportion (registers).

import {html} from '../vendor/preact-htm.js';
import {Figure, Ready} from '../core/figure.js';
import {fixed, place} from '../core/numbers.js';
import {Legend, PictureMap, tokenName, useSteps} from './picture-map.js';
import {scaleOf} from '../core/draw.js';
import {set, whole} from '../core/state.js';
import {Slider, Switch} from '../core/widgets.js';
import {useClipRun, useStudio} from '../core/studio.js';
import {useFloats} from '../core/runs.js';

/** A patch whose norm is so many medians counts as a register (Darcet et al. 2024 draw a line by eye). */
const MEDIANS = 3;

export function Norms() {
    const studio = useStudio();
    const {run, body, model} = useClipRun(studio);
    const steps = useSteps(model, studio.picture);
    const norms = useFloats(run, 'norms');
    const vision = run?.result?.vision;
    const last = (vision?.lastWhole ?? 1) - 1;
    const layer = whole(studio.view.params, 'layer', last, -1, last);
    const hide = studio.view.params.hide === '1';
    const tokens = norms.data?.shape[1];
    const row = norms.data?.data.subarray((layer + 1) * tokens, (layer + 2) * tokens);
    const patches = row?.slice(vision.before.length);
    const median = patches && Array.from(patches).sort((a, b) => a - b)[patches.length >> 1];
    const high = patches && Array.from(patches.keys()).filter(i => patches[i] > MEDIANS * median);
    if (hide) {
        high?.forEach(index => {
            patches[index] = NaN;
        });
    }
    const sentence = !row ? '' : `${layer < 0 ? 'Before the first layer'
        : `After layer ${layer + 1}`} the median patch has length ${fixed(median, 1)}${vision.before.map((name, i) => `, ${i ? '' : 'the '}${name} ${fixed(row[i], 1)}`).join('')}; ${high.length
            ? `${high.length} of ${patches.length} patches are longer than ${MEDIANS} medians: ${high.slice(0,
            4).map(i => place(i, vision.patchColumns)).join('; ')}`
                : `no patch is longer than ${MEDIANS} medians`}.`;
    return html`<${Figure} id="norms" title="Registers: patches with rows that are too long"
        lead="Some models use patches of dull background as notebooks. Their rows grow, and maps light up where nothing is."
        controls=${vision && html`<${Slider} label="After layer" value=${layer + 1} least=${0}
            most=${last + 1} text=${layer < 0 ? 'embeddings' : `${layer + 1} of ${vision.layers}`}
            change=${value => set({layer: value - 1})} />
            <${Switch} label=${`Hide what is longer than ${MEDIANS} medians`} on=${hide}
                change=${on => set({hide: on ? 1 : ''})} />`}
        sentence=${sentence} numbers=${row} recipe=${{body, path: 'norms', values: {layer}}}
        table=${row && {head: ['token', 'length'],
            rows: Array.from(row, (value, token) => [tokenName(token, vision), fixed(value, 2)])}}>
        <${Ready} run=${run} of=${[steps, norms]}>${() => html`<${PictureMap} picture=${studio.picture}
            steps=${steps.data} rows=${vision.patchRows} columns=${vision.patchColumns}
            values=${patches} scale=${scaleOf([patches], false)} marks=${hide ? [] : high} label=${sentence} />
            <${Legend} scale=${scaleOf([patches], false)} digits=${1} name="length of the row" />`}<//>
    <//>`;
}
