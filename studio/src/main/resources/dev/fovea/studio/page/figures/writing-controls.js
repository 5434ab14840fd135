// The choices above every figure of a model that writes: task, words, beams.

import {html} from '../vendor/preact-htm.js';
import {Choice, Line} from '../core/widgets.js';
import {set} from '../core/state.js';
import {TASKS, wordsOf} from '../core/tasks.js';
import {useStudio} from '../core/studio.js';

export function WritingControls({tasks, task}) {
    const {picture, view: {params}} = useStudio();
    const {field, label} = TASKS[task];
    return html`<${Choice} label="Task" value=${task}
        change=${chosen => set({task: chosen, word: '', text: '', question: ''})}
        options=${tasks.map(one => [one, TASKS[one].title])} />
        ${field && field !== 'texts' && html`<${Line} label=${label} value=${wordsOf(task, picture, params)}
            change=${words => set({[field]: words, word: ''})} button="Ask" />`}
        <${Choice} label="Beams" value=${params.beams ?? ''} change=${beams => set({beams})}
            options=${[['', 'as the model says'], ['1', '1 (greedy)'], ['3', '3'], ['5', '5']]} />`;
}
