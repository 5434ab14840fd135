// Figure "score": from cosines to scores, with the temperature in the reader's hand.

import {html} from '../vendor/preact-htm.js';
import {Chips, Slider} from '../core/widgets.js';
import {Figure, Ready} from '../core/figure.js';
import {fixed, largest, percent, softmax} from '../core/numbers.js';
import {set} from '../core/state.js';
import {linear, shortened, Wide} from '../core/axes.js';
import {useClipRun, useStudio} from '../core/studio.js';
import {useJson} from '../core/runs.js';

export function Score() {
    const studio = useStudio();
    const {run, body, labels} = useClipRun(studio);
    const score = useJson(run, 'score');
    const data = score.data;
    const pairs = data?.scoring === 'sigmoid';
    const learned = data?.logitFactor;
    const chosen = Number.parseFloat(studio.view.params.factor ?? '');
    const factor = chosen > 0 ? Math.min(1000, chosen) : learned;
    const cosines = data?.labels.map(({cosine}) => cosine);
    const logits = cosines?.map(cosine => factor * cosine);
    const scores = pairs ? run.result.labels.map(({score: one}) => one) : logits && softmax(logits);
    const order = scores && largest(cosines, cosines.length);
    const sentence = scores
        ? `“${data.labels[order[0]].label}” has cosine ${fixed(cosines[order[0]])} and, with the factor ${factor.toFixed(factor < 10
        ? 1 : 0)}, a score of ${percent(scores[order[0]])}${Math.abs(factor - learned) > 0.05
        ? ` (the model learned ${learned.toFixed(1)})` : ''}.` : '';
    return html`<${Figure} id="score" title="From cosines to scores" svg=${true}
        equation=${pairs ? 'sigmoid' : 'score'}
        lead=${pairs
            ? 'Each score is a probability by itself: none of the labels may fit, or several. A learned factor and a learned bias make it of the cosine.'
            : 'Cosines hardly differ; the factor makes a decision of them. Scores sum to 1 over these labels, whatever they are: add a label, and all scores change while no cosine does.'}
        controls=${html`<${Chips} label="Labels" items=${labels}
            change=${items => set({labels: items.join('|'), label: ''})} />
            ${data && !pairs && html`<${Slider} label="Factor (1 / temperature)" value=${Math.log(factor)} least=${0}
                most=${Math.log(400)} step=${0.01} text=${factor.toFixed(factor < 10 ? 1 : 0)}
                change=${value => set({factor: Math.exp(value).toFixed(2)})} />
            <button type="button" disabled=${!chosen}
                onClick=${() => set({factor: ''})}>As learned (${learned.toFixed(1)})</button>`}`}
        sentence=${sentence} numbers=${data && data.labels.map(({label, cosine},
            i) => ({label, cosine, logit: logits[i], score: scores[i]}))} recipe=${{body, path: 'score'}}
        table=${scores && {head: ['label', 'cosine', 'logit', 'score'],
            rows: order.map(i => [data.labels[i].label, fixed(cosines[i], 4), fixed(logits[i], 2),
            percent(scores[i])])}}>
        <${Ready} run=${run} of=${score}>${() => html`<${Scores}
            rows=${order.map(i => ({label: data.labels[i].label, cosine: cosines[i], logit: logits[i],
            score: scores[i]}))} label=${sentence} />`}<//>
    <//>`;
}

/** Cosine and score of each label as two bars. */
export const Scores = props => html`<${Wide}>${width => html`<${Pairs} ...${props} width=${width} />`}<//>`;

function Pairs({rows, label, width}) {
    const [name, gap] = [Math.min(200, width * 0.3), width * 0.03];
    const half = (width - name - gap - 130) / 2;
    const step = 34;
    const top = 26;
    const scale = linear(Math.min(0, ...rows.map(({cosine}) => cosine)),
        Math.max(0.35, ...rows.map(({cosine}) => cosine)), name, name + half);
    return html`<svg class="chart" width=${width} height=${top + rows.length * step + 6} role="img"
        aria-label=${label} data-export>
        <text class="tick" x=${name} y="14">cosine</text><text class="tick" x=${name + half + 65 + gap}
            y="14">score</text>
        ${rows.map((row, i) => {
        const y = top + i * step;
        const second = name + half + 65 + gap;
        return html`<g key=${row.label}><text class="tick ink" x="0"
            y=${y + 17}>${shortened(row.label, Math.floor(name / 7.2))}</text>
            <rect class="track" x=${name} y=${y + 2} width=${half} height="20" rx="3" /><rect class="quiet"
                x=${Math.min(scale(0), scale(row.cosine))} y=${y + 2}
                width=${Math.max(1, Math.abs(scale(row.cosine) - scale(0)))} height="20" rx="3" /><line class="axis"
                    x1=${scale(0)} x2=${scale(0)} y1=${y} y2=${y + 24} />
            <text class="tick" x=${name + half + 8} y=${y + 17}>${fixed(row.cosine)}</text>
            <rect class="track" x=${second} y=${y + 2} width=${half} height="20" rx="3" /><rect class="total"
                x=${second} y=${y + 2} width=${Math.max(1, row.score * half)} height="20" rx="3" />
            <text class="tick strong" x=${second + half + 8} y=${y + 17}>${percent(row.score)}</text></g>`;
    })}</svg>`;
}
