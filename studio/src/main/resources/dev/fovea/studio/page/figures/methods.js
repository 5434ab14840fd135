// The methods that answer "where": names, what they need, and how their maps are read.

import {useEffect} from '../vendor/preact-htm.js';
import {useFloats, useRun} from '../core/runs.js';

/** Above so many tokens, patches are covered three by three. */
const MANY = 300;

/** By id: title, whether the map depends on the label, and a short name for curves. */
export const METHODS = {
    rollout: ['Attention rollout', false, 'rollout'],
    attention: ['Attention that is read, mean of heads', false, 'attention'],
    contributions: ['Direct contributions', true, 'direct'],
    maskclip: ['MaskCLIP', true, 'MaskCLIP'],
    surgery: ['CLIP Surgery', true, 'Surgery'],
    'grad-eclip': ['Grad-ECLIP', true, 'Grad-ECLIP'],
    'grad-cam': ['Grad-CAM', true, 'Grad-CAM'],
    chefer: ['Chefer et al., last layer', true, 'Chefer'],
    occlusion: ['Occlusion', true, 'occlusion']
};

/** Methods that a model has, as choices. @returns {[string, string][]} */
export const methodsOf = (figures, model) => Object.entries(METHODS).filter(([id]) => figures[id]?.kinds.includes(model.kind))
    .map(([id, [title]]) => [id, title]);

/** The path of a method's map in a run. */
export const mapPath = (method, label) => `maps/${method}${METHODS[method][1] ? `?label=${label}` : ''}`;

/** A map of a method; occlusion is computed first, with as many passes as there are patches. */
export function useMap(run, method, label, model) {
    const id = run?.result?.run;
    const covers = method === 'occlusion' && id;
    const many = run?.result?.vision.tokens > MANY;
    const occlusion = useRun(covers ? {kind: 'occlusion', model: model.name, picture: run.result.picture, run: id,
        label,
        window: many ? 3 : 1, stride: many ? 2 : 1} : null);
    const ready = id && (!covers || occlusion.state === 'ready');
    const map = useFloats(run, ready ? mapPath(method, label) : null);
    useEffect(() => {
        if (occlusion?.error?.code === 'no_run') {
            run.renew();
        }
    }, [occlusion?.error]);
    return {map, wait: covers ? occlusion : run};
}
