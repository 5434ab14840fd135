// What the whole page shares: models, pictures, figures, and which of them is chosen.

import {createContext, useContext} from '../vendor/preact-htm.js';
import {useRun} from './runs.js';

/**
 * @typedef {object} Shared
 * @property {any} state what the server says of itself and its models
 * @property {any[]} pictures
 * @property {Record<string, any>} figures facts of each figure: method, pitfalls, equation, Java
 * @property {any} model the chosen one
 * @property {any} picture the chosen one
 * @property {import('./state.js').View} view
 * @property {(entry: any) => void} add takes a picture into the strip and chooses it
 */

/** @type {import('preact').Context<Shared>} */
export const Studio = createContext(null);

export const useStudio = () => useContext(Studio);

/** What is asked of pictures that come with the studio, and of all others. */
const LABELS = {
    'frog-and-tree': ['a frog', 'a tree', 'an elephant'],
    'two-mushrooms': ['two mushrooms', 'a mushroom', 'a tree'],
    'sunflower-and-gift': ['a sunflower', 'a gift', 'a boot'],
    'trumpet-boot-and-key': ['a trumpet', 'a boot', 'a key', 'a cat'],
    'mushrooms-and-word': ['mushrooms', 'a word', 'a key'],
    octopus: ['an octopus', 'a frog', 'a sunflower'],
    elephant: ['an elephant', 'an octopus', 'a cat'],
    cat: ['a cat', 'a dog', 'a cup of coffee'],
    coffee: ['a cup of coffee', 'a cat', 'a bicycle'],
    '': ['a person', 'an animal', 'a plant', 'a building', 'a thing']
};

export const usualLabels = picture => LABELS[picture?.id] ?? LABELS[''];

/** Labels of the view, or what is usual for its picture. */
export const labelsOf = ({view, picture}) => view.params.labels
    ? view.params.labels.split('|').filter(Boolean).slice(0, 50)
    : usualLabels(picture);

/** The model that is meant: the chosen one if it can do the task, else the first that can. */
export const modelFor = ({state, model}, ...kinds) => kinds.includes(model?.kind) ? model
    : state.models.find(({kind}) => kinds.includes(kind));

/** Kinds of models that compare pictures with texts. */
export const COMPARES = ['clip', 'siglip', 'resnet', 'mobileclip', 'tower'];

/** Kinds of models whose picture tower runs for figures. */
export const SEES = [...COMPARES, 'dinov2', 'dinov3', 'convnext'];

/** The body of the run that figures of a picture tower share; a model without texts is given no labels. */
export const clipBody = (model, picture, labels) => ({kind: 'clip', model: model.name, picture: picture.id,
    ...COMPARES.includes(model.kind) && {labels, templates: []}});

/** The run that all figures of a picture tower share. */
export function useClipRun(studio, kinds = SEES) {
    const model = modelFor(studio, ...kinds);
    const labels = labelsOf(studio);
    const body = model && studio.picture && clipBody(model, studio.picture, labels);
    const run = useRun(body);
    const label = Math.min(labels.length - 1, Math.max(0, Number.parseInt(studio.view.params.label ?? '0', 10) || 0));
    return {run, body, model, labels, label};
}
