// Figure "words": what was written, how probable each word was, and where in the picture it was looked up.

import {html} from '../vendor/preact-htm.js';
import {Bar, Choice, Switch} from '../core/widgets.js';
import {Figure, Ready} from '../core/figure.js';
import {fixed, largest, percent, place} from '../core/numbers.js';
import {Legend, pictureAddress, PictureMap, useSteps} from './picture-map.js';
import {scaleOf} from '../core/draw.js';
import {set, whole} from '../core/state.js';
import {useFloats, useJson} from '../core/runs.js';
import {useKeys} from '../core/keys.js';
import {useStudio} from '../core/studio.js';
import {useWritingRun} from '../core/tasks.js';
import {WritingControls} from './writing-controls.js';

/** What a word's attention goes to besides the picture: a token that stands for all of it, and what the model was asked. */
const partsOf = cross => ({picture: 'picture', other: cross?.other ?? 'other', prompt: 'prompt'});

export function Words() {
    const studio = useStudio();
    const {run, body, model, tasks, task} = useWritingRun(studio);
    const {params} = studio.view;
    const steps = useSteps(model, studio.picture);
    const words = useJson(run, 'words');
    const list = words.data?.words ?? [];
    const word = whole(params, 'word', Math.max(0, longest(list)), 0, Math.max(0, list.length - 1));
    const cross = run?.result?.crossAttention;
    const parts = partsOf(cross);
    const layer = params.layer ?? '';
    const path = `words/map?word=${word}${layer !== '' ? `&layer=${layer}` : ''}${params.minus === '1'
        ? '&minusMean=1' : ''}`;
    const map = useFloats(run, list.length && cross ? path : null);
    const [rows, columns] = map.data?.shape ?? [1, 1];
    const signed = params.minus === '1';
    const scale = map.data && scaleOf([map.data.data], signed);
    const chosen = list[word];
    const top = map.data && largest(map.data.data, 1)[0];
    const looked = map.data ? ` and was looked up most in ${place(top, columns)} of ${rows} × ${columns}` : '';
    const sentence = chosen && (map.data || !cross) ? `“${chosen.text}” had probability ${percent(chosen.probability)}${looked}.` : '';
    useKeys({
        ',': ['word before', () => set({word: Math.max(0, word - 1)})],
        '.': ['next word', () => set({word: Math.min(list.length - 1, word + 1)})]
    });
    return html`<${Figure} id="words" title="Word by word: how sure, and from where" drawn=${Boolean(cross)}
        lead="Paler words were less probable. Click one to see where its cross-attention fetched from: where it looked things up, not why it chose the word."
        controls=${task && html`<${WritingControls} tasks=${tasks}
            task=${task} />${cross && html`<${Choice} label="Layer" value=${layer}
            change=${value => set({layer: value})}
            options=${[['', 'mean of all'], ...Array.from({length: cross.layers},
                (_, l) => [String(l), `${l + 1} of ${cross.layers}`])]} />
            <${Switch} label="Minus the mean of all words" on=${signed} change=${on => set({minus: on ? 1 : ''})} />`}`}
        sentence=${sentence} numbers=${words.data && {text: run.result.text, words: list, word, map: map.data?.data}}
            recipe=${{body, path: cross ? path : 'words', values: {word}}}
        table=${list.length ? {head: ['word', 'probability', ...Object.values(parts)],
            rows: list.map(({text, probability, mass = {}}) => [text, percent(probability),
            ...Object.keys(parts).map(part => mass[part] === undefined ? '–' : percent(mass[part]))])} : null}>
        <${Ready} run=${run} of=${[steps, words, list.length && cross ? map : null]}>${() => list.length
            ? html`<${Written} words=${list} chosen=${word} choose=${index => set({word: index})} />
            <div class="two"><div>${cross ? html`<${PictureMap} picture=${studio.picture} steps=${steps.data} rows=${rows}
                columns=${columns} values=${map.data.data} scale=${scale} label=${sentence} most=${460} />
                <${Legend} scale=${scale} name="attention of the word" />`
                : html`<img class="the-picture" src=${pictureAddress(studio.picture)} alt=${studio.picture.name || 'Your picture'} />
                <p class="facts">This decoder reads the question, which has read the picture, so its words have no map.</p>`}</div>
            <div><${Candidates} tokens=${chosen.tokens.map(index => run.result.tokens[index]).filter(Boolean)} />
                ${chosen.mass && html`<h3>Where its attention went</h3><ol
                    class="bars">${Object.entries(parts).filter(([part]) => chosen.mass[part] !== undefined).map(([part,
                    name]) => html`<li key=${part}><span>${name}</span><${Bar} share=${chosen.mass[part]} />
                        <b>${percent(chosen.mass[part])}</b></li>`)}</ol>`}</div></div>`
        : html`<p class="empty">The model wrote nothing about this picture. Try another task or picture.</p>`}<//>
    <//>`;
}

const longest = list => largest(list.map(({text}) => text.length), 1)[0] ?? 0;

/** The text, each word as pale as it was improbable. */
export function Written({words, chosen, choose}) {
    return html`<p class="written" role="group"
        aria-label="What the model wrote">${words.map(({text, probability}, i) => html`<button type="button" key=${i}
        class=${`word p${Math.min(4, Math.floor(probability * 5))}`}
        aria-pressed=${i === chosen} title=${`probability ${fixed(probability)}`}
            onClick=${() => choose(i)}>${text}<small>${percent(probability)}</small></button>`)}</p>`;
}

/** What else might have come, token by token. */
function Candidates({tokens}) {
    return tokens.map((token, i) => html`<section key=${i}>
        <h3>What might have come${tokens.length > 1 ? `, token ${i + 1} of ${tokens.length}` : ''}</h3>
        <ol class="bars">${token.top.map(({text, probability, id}) => html`<li key=${id}><span
            class=${text === token.text ? 'taken' : ''}>${text || '(space)'}</span>
            <${Bar} share=${probability} /><b>${percent(probability)}</b></li>`)}</ol>
        ${token.rank > 1
            && html`<p
            class="facts">The token that was taken had rank ${token.rank}: beam search prefers what is probable as a whole.</p>`}</section>`);
}
