// The sanity check of maps (Adebayo et al. 2018): the same map, made with the weights of the last layers shuffled.

import {html} from '../vendor/preact-htm.js';
import {Choice, Problem, Switch, Waiting} from '../core/widgets.js';
import {fixed, withSign} from '../core/numbers.js';
import {METHODS} from './methods.js';
import {PictureMap} from './picture-map.js';
import {scaleOf} from '../core/draw.js';
import {set, whole} from '../core/state.js';
import {useRun} from '../core/runs.js';
import {useStudio} from '../core/studio.js';

/** How many of the last layers can be shuffled. */
const DEPTHS = [1, 2, 4];

/** Above this rank correlation a map counts as unchanged. */
const SAME = 0.7;

/**
 * @param {object} props
 * @param {any} props.run of the picture
 * @param {string[]} props.methods of the maps above
 * @param {boolean[]} props.signed whether each is drawn around zero
 */
export function Sanity({run, model, label, methods, signed, steps, ready}) {
    const {picture, view: {params}} = useStudio();
    const on = params.sanity === '1';
    const {shuffles, layers: transformer, patchRows, patchColumns} = run.result.vision;
    const part = transformer ? 'layer' : 'block';
    const depths = DEPTHS.filter(depth => depth <= shuffles);
    const layers = whole(params, 'shuffle', 1, 1, depths.at(-1));
    const maps = Array.from(new Set(methods));
    const shuffled = useRun(on && ready ? {kind: 'shuffle', model: model.name, picture: run.result.picture,
        run: run.result.run, label, maps, layers} : null);
    const result = shuffled?.result;
    return html`<section class="referee"><${Switch}
        label="Sanity check: shuffle the weights of the last layers, and see whether the maps notice" on=${on}
        change=${turned => set({sanity: turned ? 1 : ''})} />
        ${on && html`<div class="controls"><${Choice} label="Shuffle" value=${String(layers)}
            change=${chosen => set({shuffle: chosen})} options=${depths.map(depth => [String(depth),
            depth === 1 ? `the last ${part}` : `the last ${depth} ${part}s`])} /></div>`}
        ${on && (shuffled?.error ? html`<${Problem} error=${shuffled.error} again=${shuffled.again} />` : !result
            ? html`<${Waiting} run=${shuffled} what="Shuffling" />`
        : html`<div class="two even">${methods.map((method, i) => {
        const {values, correlation} = result.maps.find(one => one.map === method);
        const scale = scaleOf([values], signed[i]);
        const title = METHODS[method][0];
        return html`<section key=${i} aria-label=${`${title}, shuffled`}><h3>${title}, weights shuffled</h3>
            <${PictureMap} picture=${picture} steps=${steps} rows=${patchRows} columns=${patchColumns} values=${values}
                scale=${scale} most=${440} label=${`${title} with shuffled weights; rank correlation ${fixed(correlation, 2)} with the map above`} />
            <p class="facts">Rank correlation with the map above ${withSign(correlation, 2)}: ${correlation > SAME
            ? 'nearly the same order, although the model now says nonsense. This map shows the picture more than the model.'
            : 'the map depends on what the model has learned.'}</p></section>`;
    })}</div><p class="facts">${result.cosine === undefined ? '' : `The cosine is ${fixed(result.cosine)} now. `}The picture’s embedding has a cosine of ${fixed(result.kept)} with the one before. Every matrix of the last ${layers === 1 ? part : `${layers} ${part}s`} has its own numbers in another order (Adebayo et al. 2018).</p>`)}</section>`;
}
