// Figure "beams": what was kept at each step of the search, and what was dropped.

import {html} from '../vendor/preact-htm.js';
import {Figure, Ready} from '../core/figure.js';
import {fixed, percent} from '../core/numbers.js';
import {set, whole} from '../core/state.js';
import {shortened} from '../core/axes.js';
import {Slider, Switch} from '../core/widgets.js';
import {useJson} from '../core/runs.js';
import {useStudio} from '../core/studio.js';
import {said, useWritingRun} from '../core/tasks.js';
import {WritingControls} from './writing-controls.js';

/** Columns that are drawn at once. */
const COLUMNS = 5;

export function Beams() {
    const studio = useStudio();
    const {run, body, tasks, task} = useWritingRun(studio);
    const {params} = studio.view;
    const beams = useJson(run, 'beams');
    const steps = beams.data?.steps ?? [];
    const last = Math.max(0, steps.length - COLUMNS);
    const from = whole(params, 'from', 0, 0, last);
    const dropped = params.dropped !== '0';
    const width = beams.data?.beams;
    const count = steps.reduce((sum, {candidates}) => sum + candidates.filter(({kept}) => !kept).length, 0);
    const sentence = steps.length && run.result
        ? `${steps.length} ${steps.length === 1 ? 'step' : 'steps'} with ${width} ${width === 1 ? 'beam'
        : 'beams'}; ${count} candidates were dropped. The answer is “${shortened(said(run.result), 90)}”.` : '';
    return html`<${Figure} id="beams" title="Beam search: what was kept, what was dropped" svg=${true}
        lead="Each column is one token. The best candidates of all beams live on; the score is the sum of the logarithms of their probabilities."
        controls=${task && html`<${WritingControls} tasks=${tasks} task=${task} /><${Switch}
            label="Show what was dropped" on=${dropped} change=${on => set({dropped: on ? '' : 0})} />
            ${last > 0 && html`<${Slider} label="From step" value=${from} least=${0} most=${last}
                text=${`${from + 1} of ${steps.length}`} change=${value => set({from: value})} />`}`}
        sentence=${sentence} numbers=${beams.data} recipe=${{body, path: 'beams'}}
        table=${steps.length ? {head: ['step and beam', 'next', 'probability', 'score', 'kept'],
            rows: steps.flatMap(({candidates}, step) => candidates.map(one => [`${step + 1}, beam ${one.beam + 1}`,
            one.text, percent(one.probability), fixed(one.score, 3), one.kept ? 'yes' : 'no']))} : null}>
        <${Ready} run=${run} of=${beams}>${() => steps.length
            ? html`<${Tree} steps=${steps.slice(from, from + COLUMNS)} first=${from} dropped=${dropped}
            label=${sentence} />`
        : html`<p class="empty">The model wrote nothing about this picture. Try another task or picture.</p>`}<//>
    <//>`;
}

/** Columns of candidates, each joined to the beam that it goes on from. */
function Tree({steps, first, dropped, label}) {
    const shown = steps.map(({candidates}) => candidates.filter(({kept}) => kept || dropped));
    const rows = Math.max(...shown.map(list => list.length));
    const [column, row, top] = [172, 40, 30];
    const keptPlaces = shown.map(list => list.map(({kept}, i) => [kept, i]).filter(([kept]) => kept).map(([, i]) => i));
    const y = i => top + i * row + row / 2;
    const x = step => 12 + step * column;
    return html`<div class="scroll" tabindex="0" role="group" aria-label="The tree"><svg class="chart tree"
        width=${24 + shown.length * column} height=${top + rows * row + 8}
        viewBox="0 0 ${24 + shown.length * column} ${top + rows * row + 8}" role="img" aria-label=${label} data-export>
        ${shown.map((list, step) => html`<g key=${first + step}><text class="tick" x=${x(step)}
            y="16">step ${first + step + 1}</text>
            ${list.map((one, i) => {
        const before = step && keptPlaces[step - 1][one.beam];
        return html`${step > 0 && before !== undefined
            && html`<path class=${one.kept ? 'branch' : 'branch gone'}
            d="M${x(step - 1) + column - 36} ${y(before)}C${x(step) - 16} ${y(before)} ${x(step) - 20} ${y(i)} ${x(step)} ${y(i)}" />`}
                <rect class=${one.kept ? 'node' : 'node gone'} x=${x(step)} y=${y(i) - 16} width=${column - 36}
                height="32" rx="5" />
                <text class=${one.kept ? 'tick ink' : 'tick'} x=${x(step) + 9}
                    y=${y(i) - 1}>${shortened(one.text || '(space)', 16)}</text>
                <text class="tick small" x=${x(step) + 9}
                    y=${y(i) + 12}>${percent(one.probability)} · score ${fixed(one.score, 2)}</text>`;
    })}</g>`)}</svg></div>`;
}
