// The frame that every figure stands in: title, graphic, what to beware of, and the foot with equation, Java and export.

import {html, useContext, useEffect, useRef, useState} from '../vendor/preact-htm.js';
import {formula} from './tex.js';
import {json, useData} from './api.js';
import {download, fileName, jsonBlob, png, svgText} from './export.js';
import {announce, note} from './announce.js';
import {EQUATIONS} from './equations.js';
import {Numbers, Problem, Waiting} from './widgets.js';
import {recipes} from './recipes.js';
import {Studio} from './studio.js';
import {useKeys} from './keys.js';

/**
 * @param {object} props
 * @param {string} props.id the figure's id among the server's figures
 * @param {string} props.title
 * @param {string} [props.lead] one or two sentences: what is seen and what to do
 * @param {any} [props.controls] choices above the graphic
 * @param {string} props.sentence what is on the screen now, for readers of all kinds
 * @param {{head: string[], rows: any[][]}} [props.table]
 * @param {any} [props.numbers] what JSON gives
 * @param {string[]} [props.also] figures whose pitfalls belong here, too
 * @param {boolean} [props.drawn] whether the graphic is drawn, so that it can be saved as PNG; else it is text
 * @param {boolean} [props.svg] whether the graphic is made of lines, so that it can be saved as SVG
 * @param {{body: any, path?: string, values?: any}} [props.recipe]
 */
export function Figure({id, title, lead, controls, sentence, table, numbers, recipe, equation = id, also = [], svg, drawn = true,
    children}) {
    const studio = useContext(Studio);
    const facts = studio.figures[id];
    const graphic = useRef(null);
    const [open, show] = useState('');
    const [tableOpen, showTable] = useState(false);
    const toggle = name => show(open === name ? '' : name);
    const share = shared(studio, recipe);
    const name = fileName('fovea', id, share.model?.name, share.picture?.builtIn ? share.picture.id : '');
    const caption = mark => [sentence, [facts?.method, share.line, mark && `weights ${mark.slice(0, 12)}`, location.href].filter(Boolean).join(' · ')];
    const actions = {
        png: async () => download(await png(graphic.current, title, caption(await fingerprintOf(share.model))), `${name}.png`),
        svg: () => download(new Blob([svgText(graphic.current.querySelector('svg[data-export]'))],
            {type: 'image/svg+xml'}), `${name}.svg`),
        json: async () => download(jsonBlob({figure: id, title, sentence, ...share.facts,
            fingerprint: await fingerprintOf(share.model), link: location.href, values: numbers}), `${name}.json`),
        link: () => navigator.clipboard.writeText(location.href).then(() => note('The link is copied.'),
            () => note('The browser did not allow copying; copy the address instead.'))
    };
    useKeys({
        f: ['equation of the figure', () => toggle('equation')],
        c: ['Java of the figure', () => toggle('java')],
        t: ['numbers as a table', () => showTable(!tableOpen)],
        ...drawn && {e: ['export as PNG', actions.png]}
    });
    useEffect(() => {
        if (sentence) {
            announce(sentence);
        }
    }, [sentence]);
    const tab = (key, text) => html`<button type="button" aria-expanded=${open === key}
        onClick=${() => toggle(key)}>${text}</button>`;
    return html`<article class="figure" aria-labelledby=${`figure-${id}`}>
        <header><h2 id=${`figure-${id}`}>${title}</h2>${facts?.method && !also.length && html`<p class="method">${facts.method}</p>`}</header>
        ${lead && html`<p class="lead">${lead}</p>`}
        ${controls && html`<div class="controls">${controls}</div>`}
        <div class="body"><div class="graphic" ref=${graphic}>${children}</div>
        <${Pitfalls} kind=${share.model?.kind} of=${[id, ...also].map(one => studio.figures[one]).filter(one => one?.pitfalls?.length)} /></div>
        ${sentence && html`<p class="sentence">${sentence}</p>`}
        ${table && html`<${Numbers} ...${table} open=${tableOpen} toggle=${showTable} />`}
        <footer><div class="group">${EQUATIONS[equation] && tab('equation', 'Equation')}${facts?.at
            && tab('java', 'Java')}
            ${recipe && tab('use', 'Do it yourself')}</div>
            <div class="group">${drawn && html`<button type="button" onClick=${actions.png}>PNG</button>`}
            ${svg && html`<button type="button" onClick=${actions.svg}>SVG</button>`}
            ${numbers !== undefined && html`<button type="button" onClick=${actions.json}>JSON</button>`}
            <button type="button" onClick=${actions.link}>Copy link</button></div></footer>
        ${open === 'equation' && html`<${Equation} id=${equation} facts=${facts} />`}
        ${open === 'java' && facts?.at && html`<${Source} at=${facts.at} />`}
        ${open === 'use' && recipe && html`<${Ways}
            ways=${recipes({...recipe, facts, picture: share.picture, model: share.model})} />`}
    </article>`;
}

/** What to beware of, under the method's name where there are several. */
function Pitfalls({of, kind}) {
    return of.length > 0 && html`<aside class="pitfalls" aria-label="Read with care"><h3>Read with care</h3>
        ${of.map(({id, title, method, pitfalls, pitfallsOf}) => html`<div key=${id}>${of.length > 1 && html`<h4>${title}</h4><p class="method">${method}</p>`}
            <ul>${[...pitfalls, pitfallsOf?.[kind]].filter(Boolean).map(pitfall => html`<li key=${pitfall}>${pitfall}</li>`)}</ul></div>`)}</aside>`;
}

/** Model and picture of what is shown, as an export names them. */
function shared({state, pictures, model, picture}, recipe) {
    const mine = state.models.find(({name}) => name === recipe?.body?.model) ?? model;
    const shown = pictures.find(({id}) => id === recipe?.body?.picture) ?? picture;
    const facts = {model: mine?.name, storage: mine?.storage, compute: mine?.compute, picture: shown?.name || shown?.id,
        pictureSha256: shown?.sha256, fovea: state.version};
    const line = [[facts.model, facts.compute && `in ${facts.compute}`].filter(Boolean).join(' '),
        `${facts.picture} (${facts.pictureSha256?.slice(0, 12)})`, `Fovea ${facts.fovea}`].filter(Boolean).join(' · ');
    return {model: mine, picture: shown, facts, line};
}

/** What tells a model's weights from others'; read for an export only, since it reads some bytes of every tensor. */
const fingerprintOf = model => model ? json(`api/fingerprint?model=${encodeURIComponent(model.name)}`).then(
    ({fingerprint}) => fingerprint, () => '') : '';

function Equation({id, facts}) {
    const [source, where] = EQUATIONS[id];
    const doc = useData(facts?.doc ? `doc ${facts.doc}` : null,
        signal => json(`api/doc?at=${encodeURIComponent(facts.doc)}`, signal));
    return html`<section class="panel" aria-label="Equation"><div class="equation">${formula(source)}</div><p>${where}</p>
        ${doc.data && html`<details class="doc"><summary>${doc.data.title}, from the documentation</summary>
            <pre>${doc.data.markdown}</pre></details>`}</section>`;
}

function Source({at}) {
    const {data, error, again} = useData(`source ${at}`,
        signal => json(`api/source?at=${encodeURIComponent(at)}`, signal));
    return html`<section class="panel" aria-label="Java">${error ? html`<${Problem} error=${error} again=${again} />`
        : !data ? html`<${Waiting} />` : html`<p class="where">${data.file}, line ${data.from}</p>
        <pre class="code" tabindex="0" role="group"
            aria-label=${at}>${data.lines.map((line, i) => html`<span class="row" key=${i}><span class="nr"
            aria-hidden="true">${data.from + i}</span><code>${line}\n</code></span>`)}</pre>`}</section>`;
}

function Ways({ways}) {
    const copy = text => navigator.clipboard.writeText(text).then(() => note('Copied.'),
        () => note('The browser did not allow copying.'));
    return html`<section class="panel" aria-label="Do it yourself">${ways.map(([name, text]) => html`<div class="way"
        key=${name}>
        <h4>${name}</h4><button type="button" aria-label=${`Copy ${name}`} onClick=${() => copy(text)}>Copy</button>
            <pre tabindex="0" role="group" aria-label=${name}>${text}</pre></div>`)}</section>`;
}

/** What stands in place of a graphic while there is none: an error, a wait, or the graphic. */
export function Ready({of, run, children}) {
    const failed = [run, ...[of].flat()].find(one => one?.error);
    if (failed) {
        return html`<${Problem} error=${failed.error} again=${failed.again} />`;
    }
    const missing = run && run.state !== 'ready' || [of].flat().some(one => one && !one.data);
    return missing ? html`<${Waiting} run=${run} />` : children();
}
