// Figure "word-lens", the logit lens of a decoder: the word that each layer of the decoder would have written.

import {html} from '../vendor/preact-htm.js';
import {Figure, Ready} from '../core/figure.js';
import {percent} from '../core/numbers.js';
import {set, whole} from '../core/state.js';
import {useJson} from '../core/runs.js';
import {useKeys} from '../core/keys.js';
import {useStudio} from '../core/studio.js';
import {useWritingRun} from '../core/tasks.js';
import {WritingControls} from './writing-controls.js';

const shown = text => text.trim() || '(space)';

export function WordLens() {
    const studio = useStudio();
    const {run, body, tasks, task} = useWritingRun(studio);
    const tokens = run?.result?.tokens ?? [];
    const token = whole(studio.view.params, 'token', 0, 0, Math.max(0, tokens.length - 1));
    const lens = useJson(run, tokens.length ? `words/lens?token=${token}` : null);
    const layers = lens.data?.layers ?? [];
    const taken = tokens[token];
    const settled = layers.length - [...layers].reverse().findIndex(({rank}) => rank !== 1);
    const since = settled > layers.length ? 1 : settled + 1;
    const sentence = layers.length ? layers.at(-1).rank === 1
        ? `“${shown(taken.text)}” is first since layer ${since} of ${layers.length}; after layer 1 it has rank ${layers[0].rank}.`
        : `“${shown(taken.text)}” has rank ${layers.at(-1).rank} after the last layer, by probability alone; the search preferred it.` : '';
    useKeys({
        ',': ['token before', () => set({token: Math.max(0, token - 1)})],
        '.': ['next token', () => set({token: Math.min(tokens.length - 1, token + 1)})]
    });
    return html`<${Figure} id="word-lens" drawn=${false} title="The word, layer by layer"
        lead="The logit lens: the output layer, applied to every layer of the decoder while a token was chosen. Choose a token, and see when it wins."
        controls=${task && html`<${WritingControls} tasks=${tasks} task=${task} />`}
        sentence=${sentence} numbers=${lens.data} recipe=${{body, path: `words/lens?token=${token}`, values: {token}}}
        table=${layers.length ? {head: ['after layer', 'rank of the token', 'its probability', 'most probable'],
            rows: layers.map(({rank, probability, top}, layer) => [layer + 1, rank, percent(probability),
            top.map(({text}) => shown(text)).join(', ')])} : null}>
        <${Ready} run=${run} of=${tokens.length ? lens : null}>${() => tokens.length ? html`<p class="tokens" role="group"
            aria-label="Tokens that were written">${tokens.map((one, i) => html`<button type="button" class="piece" key=${i}
            aria-pressed=${i === token} onClick=${() => set({token: i})}>${shown(one.text)}</button>`)}</p>
            <div class="scroll" tabindex="0" role="group" aria-label="Layers and their words"><table class="sum lens"><thead><tr><th
                scope="col">layer</th><th scope="col">rank of “${shown(taken.text)}”</th>${layers[0].top.map((_, i) => html`<th
                scope="col" key=${i}>${i + 1}.</th>`)}</tr></thead>
            <tbody>${[...layers.keys()].reverse().map(layer => html`<tr key=${layer}><th scope="row">${layer + 1}</th>
                <td>${layers[layer].rank}</td>${layers[layer].top.map(one => html`<td key=${one.id}
                class=${one.id === taken.id ? 'strong' : ''}>${shown(one.text)} <small>${percent(one.probability)}</small></td>`)}</tr>`)}</tbody></table></div>`
        : html`<p class="empty">The model wrote nothing about this picture. Try another task or picture.</p>`}<//>
    <//>`;
}
