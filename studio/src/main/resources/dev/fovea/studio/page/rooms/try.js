// Room "try": what the models do with the picture, without looking inside.

import {html} from '../vendor/preact-htm.js';
import {Choice, Chips, Line, Problem, Waiting} from '../core/widgets.js';
import {Figure, Ready} from '../core/figure.js';
import {fixed, largest, percent} from '../core/numbers.js';
import {Found, foundIn, FoundList} from '../figures/found.js';
import {format, go, set, whole} from '../core/state.js';
import {canAskRegions, Region} from './region.js';
import {Pages} from './pages.js';
import {PictureMap, pictureAddress, useSteps} from '../figures/picture-map.js';
import {Scores} from '../figures/score.js';
import {said, TASKS, taskBody, wordsOf} from '../core/tasks.js';
import {COMPARES, useClipRun, useStudio} from '../core/studio.js';
import {useRun} from '../core/runs.js';
import {Written} from '../figures/words.js';

const PLACES = ['detect', 'ground', 'segment', 'ocr'];

/** The server's figure that a task is shown in. */
const figureOf = task => task === 'classify' ? 'score' : PLACES.includes(task) ? 'places' : 'words';

export function Try() {
    const studio = useStudio();
    const {figures, state} = studio;
    const can = task => figures[figureOf(task)] && state.models.some(({tasks}) => tasks.includes(task));
    const writes = Object.entries(TASKS).map(([task, {title}]) => [task, [title, WRITES[task]]]);
    const pages = [['classify', ['Classify', Classify]], ...writes].filter(([task]) => can(task));
    if (canAskRegions(studio)) {
        pages.push(['region', ['Region', Region]]);
    }
    return html`<${Pages} room="try" label="Tasks" pages=${Object.fromEntries(pages)} />`;
}

/** A link to the same run inside. */
function More({page, model, text}) {
    const {view, picture} = useStudio();
    const params = {...view.params, model: model.name, picture: picture.id};
    return html`<p><a class="more" href=${format({room: 'inside', page, params})} onClick=${event => {
        event.preventDefault();
        go({room: 'inside', page, params});
    }}>${text} →</a></p>`;
}

export function Classify() {
    const studio = useStudio();
    const {run, body, model, labels} = useClipRun(studio, COMPARES);
    const steps = useSteps(model, studio.picture);
    const result = run?.result;
    const order = result && largest(result.labels.map(({score}) => score), labels.length);
    const best = result?.labels[order[0]];
    const sentence = best
        ? `“${best.label}” fits best of these ${labels.length}: score ${percent(best.score)}, cosine ${fixed(best.cosine)}. ${result.scoring === 'sigmoid'
        ? 'Each score stands alone.' : 'The scores compare these labels with each other, nothing more.'}` : '';
    return html`<${Figure} id="score" title="Classify" svg=${true}
        lead=${`${model.name} compares the picture with every label. Add and drop labels, and watch the scores: ${
            result?.scoring === 'sigmoid' ? 'each stands alone.' : 'they always sum to 1.'}`}
        controls=${html`<${Chips} label="Labels" items=${labels}
            change=${items => set({labels: items.join('|')})} />`} sentence=${sentence} numbers=${result}
            recipe=${{body}}
        table=${result && {head: ['label', 'cosine', 'logit', 'score'],
            rows: order.map(i => result.labels[i]).map(one => [one.label, fixed(one.cosine, 4), fixed(one.logit, 2),
            percent(one.score)])}}>
        <${Ready} run=${run} of=${steps}>${() => html`<div class="two"><div><${PictureMap} picture=${studio.picture}
            steps=${steps.data} rows=${1} columns=${1} values=${null} most=${380}
            label=${`${studio.picture.name || 'Your picture'}; what the model does not see is dimmed`} /></div>
            <div><${Scores} rows=${order.map(i => result.labels[i])} label=${sentence} /><${More} page="score"
                model=${model} text="How cosines become scores" /><${More} page="contributions" model=${model}
                text="Where the cosine comes from" /></div></div>`}<//>
    <//>`;
}

/** Everything that BLIP and Florence-2 do. */
function Write({task}) {
    const studio = useStudio();
    const {params} = studio.view;
    const able = studio.state.models.filter(({tasks}) => tasks.includes(task));
    const model = able.includes(studio.model) ? studio.model : able[0];
    const {title, field, label} = TASKS[task];
    const words = wordsOf(task, studio.picture, params);
    const body = taskBody(model, studio.picture, task, params);
    const run = useRun(body);
    const result = run?.result;
    const controls = html`${field === 'texts'
        ? html`<${Chips} label="Texts" items=${words.split('|')}
        change=${items => set({texts: items.join('|')})} most=${20} />`
        : field && html`<${Line} label=${label} value=${words}
        change=${given => set({[field]: given})} button="Ask" />`}
        ${able.length > 1 && html`<${Choice} label="By" value=${model.name} change=${name => set({model: name})}
            options=${able.map(one => [one.name, one.name])} />`}`;
    const found = result && task !== 'match' ? foundIn(result) : [];
    const chosen = whole(params, 'found', 0, 0, Math.max(0, found.length - 1));
    const place = PLACES.includes(task);
    const best = task === 'match' && result?.results.reduce((first, one) => one.match > first.match ? one : first);
    const sentence = !result ? '' : task === 'match'
        ? `“${best.text}” belongs to the picture with a probability of ${percent(best.match)}.`
        : place ? found.length ? `${found.length} found: ${found.map(one => one.label).join(', ')}.`
        : 'Nothing was found.' : `${model.name} wrote: “${said(result)}”`;
    return html`<${Figure} id=${figureOf(task)} title=${title} controls=${field || able.length > 1 ? controls : null}
        sentence=${sentence} numbers=${result} recipe=${{body}} equation="" drawn=${place}
        table=${!result ? null : task === 'match'
            ? {head: ['text', 'match', 'cosine'],
            rows: result.results.map(one => [one.text, percent(one.match), fixed(one.cosine)])}
        : place ? {head: ['label', 'places in pixels'],
        rows: found.map(one => [one.label, one.numbers.map(Math.round).join(', ')])}
            : {head: ['word', 'probability'], rows: (result.words
            ?? []).map(one => [one.text, percent(one.probability)])}}>
        ${run?.error ? html`<${Problem} error=${run.error} again=${run.again} />`
            : html`<div class="two"><div>${place ? html`<${Found} picture=${studio.picture} found=${found}
            chosen=${chosen} choose=${index => set({found: index})} most=${480} />`
        : html`<img class="the-picture" src=${pictureAddress(studio.picture)}
        alt=${studio.picture.name || 'Your picture'} />`}</div>
            <div>${!result ? html`${run?.text && html`<p class="written writing">${run.text} …</p>`}<${Waiting}
                run=${run} what="Writing" />` : task === 'match' ? html`<${Matches} results=${result.results} />`
        : html`${place ? html`<${FoundList} found=${found} chosen=${chosen}
        choose=${index => set({found: index})} />`
            : html`<${Written} words=${result.words ?? []} chosen=${-1}
            choose=${index => go({room: 'inside', page: 'words', params: {model: model.name, task, word: index}})} />`}
                <p class="facts">${model.name}, ${fixed(result.seconds, 2)} s</p><${More}
                page=${place ? 'places' : 'words'} model=${model}
                    text=${place ? 'How words become places' : 'Where each word was looked up'} />`}</div></div>`}
    <//>`;
}

/** A component for each task, the same one at each rendering. */
const WRITES = Object.fromEntries(Object.keys(TASKS).map(task => [task, () => html`<${Write} task=${task} />`]));

/** Probability that picture and text belong together, and the cosine of the two towers. */
function Matches({results}) {
    return html`<${Scores} rows=${results.map(({text, match, cosine}) => ({label: text, cosine, score: match}))}
        label=${results.map(one => `${one.text}: ${percent(one.match)}`).join('; ')} />`;
}
