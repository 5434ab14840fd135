// Figure "maps": two answers to "where does the label come from" side by side, and a referee between them.

import {html} from '../vendor/preact-htm.js';
import {Choice, Problem, Switch, Waiting} from '../core/widgets.js';
import {Figure, Ready} from '../core/figure.js';
import {fixed, largest, percent, place} from '../core/numbers.js';
import {Legend, PictureMap, useSteps} from './picture-map.js';
import {LineChart} from '../core/axes.js';
import {METHODS, mapPath, methodsOf, useMap} from './methods.js';
import {Sanity} from './sanity.js';
import {scaleOf} from '../core/draw.js';
import {set} from '../core/state.js';
import {summary} from '../core/colour.js';
import {COMPARES, useClipRun, useStudio} from '../core/studio.js';
import {useRun} from '../core/runs.js';

export function Maps() {
    const studio = useStudio();
    const {run, body, model, labels, label} = useClipRun(studio);
    const {params} = studio.view;
    const steps = useSteps(model, studio.picture);
    const compares = COMPARES.includes(model.kind);
    const can = methodsOf(studio.figures, model);
    const chosen = (wanted, usual) => [wanted, usual, ...can.map(([id]) => id)].find(id => can.some(([one]) => one === id));
    const methods = [chosen(params.left, 'contributions'), chosen(params.right, compares ? 'rollout' : 'attention')];
    const both = methods.map(method => useMap(run, method, label, model));
    const vision = run?.result?.vision;
    const common = params.scale === 'common';
    const all = both.map(({map}) => map.data).filter(Boolean);
    const scales = both.map(({map}) => map.data
        && (common && all.length === 2 ? scaleOf(all.map(({data}) => data), all.some(({signed}) => signed))
        : scaleOf([map.data.data], map.data.signed)));
    const best = ({data}) => largest(data, 1)[0];
    const sentence = vision && all.length === 2
        ? `${compares ? `For “${labels[label]}”, ` : ''}${both.map(({map},
        i) => `${METHODS[methods[i]][0]} is highest in ${place(best(map.data), vision.patchColumns)}`).join('; ')}. They share ${shared(...all)} of their ten highest patches.` : '';
    const choose = (side, i) => html`<${Choice} label=${i ? 'Right' : 'Left'} value=${methods[i]}
        change=${id => set({[side]: id})}
        options=${can} />`;
    return html`<${Figure} id=${methods[0]} also=${methods[1] === methods[0] ? [] : [methods[1]]}
        title=${`Maps: where does the ${compares ? 'label' : 'embedding'} come from?`}
        lead="Methods disagree, and a pretty map proves nothing. Put two beside each other, then let the referee cover patches in their order."
        controls=${html`${compares && html`<${Choice} label="Label" value=${String(label)} change=${value => set({label: value})}
            options=${labels.map((text, i) => [String(i), text])} />`}
            ${choose('left', 0)}${choose('right', 1)}
            <${Switch} label="One scale for both" on=${common} change=${on => set({scale: on ? 'common' : ''})} />
            <${Switch} label="Smooth" on=${params.soft === '1'} change=${on => set({soft: on ? 1 : ''})} />`}
        sentence=${sentence} recipe=${vision && {body, path: mapPath(methods[0], label),
            values: {label}}}
        numbers=${all.length === 2 ? {label: labels[label], [methods[0]]: all[0].data, [methods[1]]: all[1].data}
            : undefined}
        table=${all.length === 2 ? {head: ['patch', ...methods.map(method => METHODS[method][0])],
            rows: Array.from(all[0].data, (value, i) => [place(i, vision.patchColumns), fixed(value, 4),
            fixed(all[1].data[i], 4)])} : null}>
        <${Ready} run=${run} of=${steps}>${() => html`<div
            class="two even">${both.map(({map, wait}, i) => html`<section key=${i} aria-label=${METHODS[methods[i]][0]}>
            <h3>${METHODS[methods[i]][0]}</h3>
            ${map.error ? html`<${Problem} error=${map.error} again=${map.again} />` : wait?.error
                ? html`<${Problem} error=${wait.error} again=${wait.again} />`
        : !map.data ? html`<${Waiting} run=${wait} />` : html`
            <${PictureMap} picture=${studio.picture} steps=${steps.data} rows=${vision.patchRows}
                columns=${vision.patchColumns} values=${map.data.data}
                scale=${scales[i]} soft=${params.soft === '1'} most=${440}
                    label=${`${METHODS[methods[i]][0]} over the picture; highest in ${place(best(map.data),
                    vision.patchColumns)}`} />
            <${Legend} scale=${scales[i]} digits=${4}
                name=${METHODS[methods[i]][1] ? 'for this label' : 'the same for every label'} />
            <p class="facts">${facts(map.data.data)}</p>`}</section>`)}</div>
            ${compares && html`<${Referee} run=${run} label=${label} methods=${methods} name=${labels[label]}
                ready=${all.length === 2} model=${model} />`}
            ${vision.shuffles > 0 && html`<${Sanity} run=${run} model=${model} label=${label} methods=${methods}
                signed=${all.map(({signed}) => signed)} steps=${steps.data} ready=${all.length === 2} />`}`}<//>
    <//>`;
}

const shared = ({data: a}, {data: b}) => largest(a, 10).filter(index => largest(b, 10).includes(index)).length;

function facts(values) {
    const {least, most, total, entropy} = summary(values);
    return `From ${fixed(least, 4)} to ${fixed(most, 4)}, sum of sizes ${fixed(total,
        3)}, entropy ${entropy.toFixed(1)} of at most ${Math.log2(values.length).toFixed(1)} bits; the highest patch has ${percent(Math.max(Math.abs(least),
        Math.abs(most)) / total)}.`;
}

/** Deletion and insertion: the cosine while patches are covered, or uncovered, in a map's order. */
function Referee({run, label, methods, name, ready, model}) {
    const {params} = useStudio().view;
    const on = params.referee === '1';
    const maps = Array.from(new Set(methods));
    const curves = useRun(on && ready && run?.result
        ? {kind: 'curves', model: model.name, picture: run.result.picture, run: run.result.run, label, maps,
        steps: 16} : null);
    const result = curves?.result;
    const title = map => METHODS[map][0];
    return html`<section class="referee"><${Switch}
        label="Referee: cover patches in each map’s order and watch the cosine" on=${on}
        change=${turned => set({referee: turned ? 1 : ''})} />
        ${on && (curves?.error ? html`<${Problem} error=${curves.error} again=${curves.again} />` : !result
            ? html`<${Waiting} run=${curves} what="Covering patches" />`
        : html`<div class="two even">${['deletion',
        'insertion'].map(kind => html`<figure key=${kind}>
            <figcaption>${kind === 'deletion' ? 'Deletion: the sooner it falls, the better the map'
                : 'Insertion: the sooner it rises, the better the map'}</figcaption>
            <${LineChart} series=${result.maps.map(one => ({name: METHODS[one.map][2], values: one[kind]}))}
                xs=${result.covered} x=${kind === 'deletion' ? 'share covered' : 'share shown'} y="cosine" height=${230}
                label=${`${kind} curves for ${name}: ${result.maps.map(one => `${title(one.map)}, area ${fixed(one[`${kind}Area`])}`).join('; ')}`} />
            <p class="facts">Area: ${result.maps.map(one => `${title(one.map)} ${fixed(one[`${kind}Area`])}`).join('; ')}</p></figure>`)}</div>`)}</section>`;
}
