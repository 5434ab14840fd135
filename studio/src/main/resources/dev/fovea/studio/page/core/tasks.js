// What models that write can be asked, and the run that Try and Inside share.

import {modelFor, usualLabels} from './studio.js';
import {useRun} from './runs.js';

/** By task: title, the field of its words if it needs some, that field's label, and a first value from a picture's usual labels. */
export const TASKS = {
    caption: {title: 'Caption'},
    ask: {title: 'Ask', field: 'question', label: 'Question', first: () => 'what is in the picture?'},
    match: {title: 'Match', field: 'texts', label: 'Texts', first: labels => labels.join('|')},
    describe: {title: 'Describe'},
    detect: {title: 'Detect'},
    ground: {title: 'Ground', field: 'text', label: 'Sentence', first: labels => labels.slice(0, 2).join(' and ')},
    segment: {title: 'Segment', field: 'text', label: 'What to outline', first: labels => labels[0]},
    ocr: {title: 'Read text'}
};

/** Tasks that write words, for Inside; matching does not. */
export const WRITES = ['caption', 'ask', 'describe', 'detect', 'ground', 'segment', 'ocr'];

/** The words that a task is given: those of the view, or what suits the picture. */
export function wordsOf(task, picture, params) {
    const {field, first} = TASKS[task];
    return field && (params[field] || first(usualLabels(picture)));
}

/** What a model wrote, without its signs for places and ends. */
export const said = result => result.words?.map(({text}) => text).join(' ') || result.text;

/** The body of the run that the view asks for. */
export function taskBody(model, picture, task, params) {
    const {field} = TASKS[task];
    const words = wordsOf(task, picture, params);
    const beams = {1: 1, 3: 3, 5: 5}[params.beams];
    return {kind: task, model: model.name, picture: picture.id, ...beams && {beams},
        ...field && {[field]: field === 'texts' ? words.split('|').filter(Boolean) : words}};
}

/** The run of the model that writes, by the view's task. */
export function useWritingRun(studio, allowed = WRITES) {
    const model = modelFor(studio, 'blip', 'florence');
    const tasks = (model?.tasks ?? []).filter(task => allowed.includes(task));
    const {params} = studio.view;
    const task = tasks.includes(params.task) ? params.task : tasks[0];
    const body = task ? taskBody(model, studio.picture, task, params) : null;
    return {run: useRun(body), body, model, tasks, task};
}
