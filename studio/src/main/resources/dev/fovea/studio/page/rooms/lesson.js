// Room "lesson": a text, a live figure, something to do, and a question to answer before the answer shows.

import {html, useEffect, useRef, useState} from '../vendor/preact-htm.js';
import {Classify} from './try.js';
import {download, jsonBlob} from '../core/export.js';
import {FIGURES, PARTS} from './inside.js';
import {go, parse, set, whole} from '../core/state.js';
import {json, useData} from '../core/api.js';
import {note} from '../core/announce.js';
import {MACHINE} from './machine.js';
import {Problem, Waiting} from '../core/widgets.js';
import {useKeys} from '../core/keys.js';
import {useStudio} from '../core/studio.js';

/** A lesson that a teacher opened from a file; it is played, and never sent anywhere. */
let own = null;

export function Lesson() {
    const {view} = useStudio();
    return view.page ? html`<${Player} name=${view.page} key=${view.page} />` : html`<${Shelf} />`;
}

function Shelf() {
    const {data, error, again} = useData('lessons', signal => json('api/lessons', signal));
    const file = useRef(null);
    const open = async given => {
        try {
            own = check(JSON.parse(await given.text()));
            go({page: 'own', params: {step: ''}});
        } catch (e) {
            note(`${given.name} is no lesson: ${e.message}`);
        }
    };
    return html`<article class="figure"><header><h2>Lessons</h2></header><p
        class="lead">One picture, followed step by step. Each step has a live figure, something to do, and a question to answer before you look.</p>
        ${error ? html`<${Problem} error=${error} again=${again} />` : !data ? html`<${Waiting} />`
            : html`<ul class="lessons">${data.map(({name, title, steps}) => html`<li key=${name}><button type="button"
            onClick=${() => go({page: name, params: {step: ''}})}><b>${title}</b>
                <span>${steps} steps</span></button></li>`)}</ul>`}
        <footer><div class="group"><button type="button"
            onClick=${() => file.current.click()}>Open a lesson of your own</button><input ref=${file} type="file"
            accept=".json,application/json" hidden
                onChange=${event => event.target.files[0] && open(event.target.files[0])} /></div></footer></article>`;
}

/** Says what is wrong with a lesson before it is played. */
function check(lesson) {
    if (typeof lesson.title !== 'string' || !Array.isArray(lesson.steps) || !lesson.steps.length) {
        throw new Error('it needs a "title" and a list of "steps"');
    }
    lesson.steps.forEach(({view, text}, i) => {
        if (typeof view !== 'string' || typeof text !== 'string' || !figureOf(view)) {
            throw new Error(`step ${i + 1} needs a "text" and a "view" such as "inside/attention?layer=5"`);
        }
    });
    return lesson;
}

/** The component that shows a view of a step. */
function figureOf(view) {
    const {room, page} = parse(view);
    return room === 'inside' ? FIGURES[page]?.[1] ?? PARTS[page] : room === 'machine' ? MACHINE[page]?.[1]
        : room === 'try' ? Classify : null;
}

function Player({name}) {
    const {data, error, again} = useData(name === 'own' ? null : `lesson ${name}`,
        signal => json(`api/lessons/${encodeURIComponent(name)}`, signal));
    const lesson = name === 'own' ? own : data;
    if (name === 'own' && !own) {
        return html`<${Problem}
            error=${{message: 'This lesson was opened from a file, which is gone after a reload. Open it again under Lessons.'}} />`;
    }
    return error ? html`<${Problem} error=${error} again=${again} />` : !lesson ? html`<${Waiting} /> `
        : html`<${Played} lesson=${lesson} />`;
}

function Played({lesson}) {
    const {view} = useStudio();
    const {steps} = lesson;
    const at = whole(view.params, 'step', 1, 1, steps.length) - 1;
    const step = steps[at];
    const Shown = figureOf(step.view);
    const title = useRef(null);
    const entered = view.params.step && Object.keys(view.params).length > 1;
    const turn = to => {
        if (to >= 0 && to < steps.length) {
            enter(steps[to], to);
            title.current?.focus();
        }
    };
    useEffect(() => {
        if (!entered) {
            enter(step, at);
        }
    }, [entered]);
    useKeys({n: ['next step', () => turn(at + 1)], p: ['step before', () => turn(at - 1)]});
    return html`<div class="lesson"><section class="script" aria-label="Lesson">
        <p class="course"><button type="button" class="plain"
            onClick=${() => go({page: '', params: {step: ''}})}>All lessons</button> ${lesson.title}</p>
        <h2 tabindex="-1" ref=${title}>${at + 1}. ${step.title ?? ''}</h2>
        <progress max=${steps.length} value=${at + 1} aria-label=${`Step ${at + 1} of ${steps.length}`}></progress>
        <p>${step.text}</p>
        ${step.do && html`<p class="do"><b>Do</b> ${step.do}</p>`}
        ${step.question && html`<${Question} step=${step} key=${`${lesson.title} ${at}`} />`}
        <div class="turn"><button type="button" disabled=${at === 0}
            onClick=${() => turn(at - 1)}>Back <kbd>p</kbd></button>
            <span>${at + 1} of ${steps.length}</span><button type="button" class="main"
                disabled=${at === steps.length - 1} onClick=${() => turn(at + 1)}>Next <kbd>n</kbd></button></div>
        <p><button type="button" class="plain"
            onClick=${() => download(jsonBlob(lesson), 'lesson.json')}>Save this lesson as JSON</button></p></section>
        <div class="page">${entered && Shown && html`<${Shown} key=${at} />`}${!Shown
            && html`<${Problem}
            error=${{message: `This step shows “${step.view}”, which this studio does not have.`}} />`}</div></div>`;
}

/** Makes a step's view the page's own, so that its figure is as live as anywhere; what the step does not say is as usual. */
function enter(step, at) {
    const {params} = parse(step.view);
    const now = parse(location.hash).params;
    set({...Object.fromEntries(Object.keys(now).map(key => [key, ''])), ...params, step: at + 1});
}

function Question({step}) {
    const [chosen, choose] = useState(-1);
    const [open, show] = useState(false);
    return html`<fieldset class="question"><legend>Before you look: ${step.question}</legend>
        ${step.choices?.map((choice, i) => html`<label key=${i}><input type="radio" name="choice"
            checked=${chosen === i} onChange=${() => choose(i)} /> ${choice}</label>`)}
        <button type="button" aria-expanded=${open} disabled=${step.choices && chosen < 0}
            onClick=${() => show(true)}>Show the answer</button>
        <div aria-live="polite">${open && html`<p
            class="answer">${step.right !== undefined && step.choices
            && html`<b>${chosen === step.right ? 'Yes. ' : 'Not quite. '}</b>`}${step.answer}</p>`}</div></fieldset>`;
}
