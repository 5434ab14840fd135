// Figures "merges" and "text-attention": how a label becomes tokens, and what each token of it may see.

import {html} from '../vendor/preact-htm.js';
import {Choice, Line} from '../core/widgets.js';
import {colourOf, scaleOf} from '../core/draw.js';
import {css} from '../core/colour.js';
import {Figure, Ready} from '../core/figure.js';
import {json, useData} from '../core/api.js';
import {percent} from '../core/numbers.js';
import {set, whole} from '../core/state.js';
import {useClipRun, useStudio} from '../core/studio.js';
import {useFloats} from '../core/runs.js';

export function Text() {
    const studio = useStudio();
    return html`<${Merges} /> ${studio.figures['text-attention']?.kinds.includes(studio.model.kind)
        && html`<${TextAttention} />`}`;
}

/** Spaces and ends of words, made visible. */
const shown = piece => piece.replace('</w>', '·').replaceAll(' ', '␣');

export function Merges() {
    const studio = useStudio();
    const {model, view} = studio;
    const text = view.params.text || (view.params.labels ?? '').split('|')[0] || 'a frog beside the mushroom';
    const merges = useData(`merges ${model.name} ${text}`,
        signal => json(`api/merges?model=${encodeURIComponent(model.name)}&text=${encodeURIComponent(text)}`, signal));
    const data = merges.data;
    const wordPiece = model.kind === 'blip';
    const sentence = data
        ? `“${text}” is ${data.tokens.length} tokens: ${data.tokens.map(token => shown(token.text)).join(' | ')}.` : '';
    return html`<${Figure} id="merges" drawn=${false} title="A text becomes tokens, merge by merge"
        equation=${wordPiece ? '' : 'merges'}
        lead=${wordPiece
            ? 'The longest piece of the vocabulary that fits the beginning of a word is taken, then the longest that fits the rest. Two hash signs mean that a piece goes on within a word.'
            : 'A word begins as single letters; the pair that stands earliest in the model’s list is merged, again and again. Long words of a small vocabulary stay in pieces. A raised dot is the end of a word.'}
        controls=${html`<${Line} label="Text" value=${text} change=${typed => set({text: typed})} button="Show"
            most=${200} />`}
        sentence=${sentence} numbers=${data} recipe=${{body: {kind: 'clip', model: model.name,
            picture: studio.picture.id, labels: [text]}}}
        table=${data && {head: ['token', 'text', 'id'],
            rows: data.tokens.map((token, i) => [i + 1, shown(token.text), token.id])}}>
        <${Ready} of=${merges}>${() => html`<ol
            class="words-merged">${data.words.map((word, i) => html`<li key=${i}><h3>${shown(word.word)}</h3>
            <ol class="steps">${word.steps.map((pieces, step) => html`<li key=${step}><span
                class="pieces">${pieces.map((piece, j) => html`<span
                class=${step && isNew(word, step, piece) ? 'piece new' : 'piece'}
                    key=${j}>${shown(piece)}</span>`)}</span>
                ${word.merges?.[step - 1] && html`<span
                    class="why">${shown(word.merges[step - 1].left)} + ${shown(word.merges[step - 1].right)}, number ${word.merges[step - 1].rank + 1} of the list</span>`}</li>`)}</ol></li>`)}</ol>`}<//>
    <//>`;
}

const isNew = (word, step, piece) => word.merges?.[step - 1]
    && piece === word.merges[step - 1].left + word.merges[step - 1].right;

/** What becomes the embedding of a text whose tokens see each other, by how it is read. */
const READERS = {last: 'The last one becomes', end: 'The end token becomes', first: 'The first one becomes',
    mean: 'The mean of all becomes'};

/** Ways of reading texts that are filled up. */
const FILLED = ['last', 'end'];

export function TextAttention() {
    const studio = useStudio();
    const {run, body, model, labels, label} = useClipRun(studio);
    const {params} = studio.view;
    const {causal, read} = model.text;
    const tokens = run?.result?.labels[label].tokens ?? [];
    const layers = model.text.layers;
    const layer = whole(params, 'tlayer', 0, 0, layers - 1);
    const end = tokens.length - 1;
    const reader = read === 'first' ? 0 : end;
    const all = layer < layers - 1 || read === 'mean';
    const query = all ? whole(params, 'token', reader, 0, Math.max(0, end)) : reader;
    const weights = useFloats(run, tokens.length ? `text/attention?label=${label}&layer=${layer}&query=${query}`
        : null);
    const heads = weights.data?.shape[0];
    const scale = weights.data && scaleOf([[0, 1]], false);
    const text = i => shown(tokens[i].text);
    const at = (h, i) => weights.data.data[h * weights.data.shape[1] + i]; // what fills the text up comes after it
    const means = weights.data && tokens.map((_, i) => Array.from({length: heads},
        (__, h) => at(h, i)).reduce((a, b) => a + b, 0) / heads);
    const hidden = i => causal && i > query;
    const most = means && means.indexOf(Math.max(...means));
    const sentence = means
        ? `Layer ${layer + 1} of ${layers}: “${text(query)}” attends most to “${text(most)}” (${percent(means[most])} in the mean of ${heads} heads)${causal && query < end
        ? `; the ${end - query} tokens after it are out of its sight` : ''}.` : '';
    return html`<${Figure} id="text-attention" drawn=${false} title=${causal ? 'A text reads itself, backwards only' : 'A text reads itself'}
        lead=${`${causal ? 'Each token sees itself and what stands before it. The end token sees all and becomes'
        : `Each token sees all others${FILLED.includes(read) ? ', what fills the text up to its full length included' : ''}. ${READERS[read]}`} the text’s embedding. Click a token to let it ask.`}
        controls=${html`<${Choice} label="Label" value=${String(label)}
            change=${chosen => set({label: chosen, token: ''})} options=${labels.map((one, i) => [String(i), one])} />
            <${Choice} label="Layer" value=${String(layer)} change=${chosen => set({tlayer: chosen})}
                options=${Array.from({length: layers},
                (_, l) => [String(l), `${l + 1} of ${layers}${l < layers - 1 || read === 'mean' ? '' : `, ${read === 'first' ? 'first' : 'end'} token only`}`])} />`}
        sentence=${sentence} numbers=${weights.data?.data}
            recipe=${{body, path: `text/attention?label=${label}&layer=${layer}&query=${query}`,
            values: {label, layer, query}}}
        table=${means && {head: ['token', 'mean', ...Array.from({length: heads}, (_, h) => `head ${h + 1}`)],
            rows: tokens.map((_, i) => [text(i), percent(means[i]),
            ...Array.from({length: heads}, (__, h) => percent(at(h, i)))])}}>
        <${Ready} run=${run} of=${weights}>${() => html`<div class="scroll" tabindex="0" role="group"
            aria-label="Tokens and heads"><table class="heat"><thead><tr><th
            scope="col">head</th>${tokens.map((_, i) => html`<th scope="col" key=${i}><button type="button"
                class="piece"
            aria-pressed=${i === query} disabled=${!all && i !== reader}
                onClick=${() => set({token: i})}>${text(i)}</button></th>`)}</tr></thead>
            <tbody>${Array.from({length: heads}, (_, h) => html`<tr key=${h}><th
                scope="row">${h + 1}</th>${tokens.map((__, i) => {
        const value = at(h, i);
        const [red, green, blue] = colourOf(value, scale);
        return html`<td key=${i} class=${hidden(i) ? 'unseen-cell' : ''} ref=${cell => {
            if (cell) {
                cell.style.background = hidden(i) ? '' : css([red, green, blue]);
                cell.style.color = 0.3 * red + 0.6 * green + 0.1 * blue > 128 ? '#111' : '#fff';
            }
        }}>${hidden(i) ? '' : percent(value)}</td>`;
    })}</tr>`)}</tbody></table></div>`}<//>
    <//>`;
}
