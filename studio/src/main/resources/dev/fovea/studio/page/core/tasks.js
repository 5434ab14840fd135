// What models that write can be asked, and the run that Try and Inside share.

import {modelFor} from './studio.js';
import {useRun} from './runs.js';

/** By task: title, the field of its words if it needs some, that field's label and a first value. */
export const TASKS = {
    caption: {title: 'Caption'},
    ask: {title: 'Ask', field: 'question', label: 'Question', first: 'what is in the picture?'},
    match: {title: 'Match', field: 'texts', label: 'Texts', first: 'a frog|a car'},
    describe: {title: 'Describe'},
    detect: {title: 'Detect'},
    ground: {title: 'Ground', field: 'text', label: 'Sentence', first: 'a frog beside a tree'},
    segment: {title: 'Segment', field: 'text', label: 'What to outline', first: 'a frog'},
    ocr: {title: 'Read text'}
};

/** Tasks that write words, for Inside; matching does not. */
export const WRITES = ['caption', 'ask', 'describe', 'detect', 'ground', 'segment', 'ocr'];

/** The body of the run that the view asks for. */
export function taskBody(model, picture, task, params) {
    const {field, first} = TASKS[task];
    const beams = {'1': 1, 3: 3, 5: 5}[params.beams];
    const words = field === 'texts' ? {texts: (params.texts || first).split('|').filter(Boolean)} : field
        ? {[field]: params[field] || first} : {};
    return {kind: task, model: model.name, picture: picture.id, ...words, ...beams && {beams}};
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
