// Room "inside": one figure at a time, from pixels to answer, in the order in which the model computes.

import {html} from '../vendor/preact-htm.js';
import {lazy} from '../core/lazy.js';
import {Pages} from './pages.js';
import {useStudio} from '../core/studio.js';

/** Figures by their part of the address: title, component, and the server's figure whose kinds of models it is for. */
export const FIGURES = {
    picture: ['Picture', lazy(() => import('../figures/steps.js'), 'Steps'), 'steps'],
    patches: ['Patches', lazy(() => import('../figures/patches.js'), 'Patches'), 'patches'],
    attention: ['Attention', lazy(() => import('../figures/attention.js'), 'Attention'), 'attention'],
    norms: ['Registers', lazy(() => import('../figures/norms.js'), 'Norms'), 'norms'],
    pca: ['Colours', lazy(() => import('../figures/pca.js'), 'Pca'), 'pca'],
    text: ['Text', lazy(() => import('../figures/text.js'), 'Text'), 'merges'],
    score: ['Score', lazy(() => import('../figures/score.js'), 'Score'), 'score'],
    lens: ['Layer by layer', lazy(() => import('../figures/lens.js'), 'Lens'), 'lens'],
    contributions: ['Contributions', lazy(() => import('../figures/contributions.js'), 'Contributions'), 'contributions'],
    maps: ['Maps', lazy(() => import('../figures/maps.js'), 'Maps'), 'attention'],
    space: ['Space', lazy(() => import('../figures/space.js'), 'Space'), 'space'],
    words: ['Words', lazy(() => import('../figures/words.js'), 'Words'), 'words'],
    layers: ['Layer by layer', lazy(() => import('../figures/word-lens.js'), 'WordLens'), 'word-lens'],
    beams: ['Beams', lazy(() => import('../figures/beams.js'), 'Beams'), 'beams'],
    places: ['Places', lazy(() => import('../figures/places.js'), 'Places'), 'places']
};

/** Figures that stand alone in lessons only: parts of a page with two. */
export const PARTS = {
    merges: lazy(() => import('../figures/text.js'), 'Merges'),
    'text-attention': lazy(() => import('../figures/text.js'), 'TextAttention')
};

export function Inside() {
    const {figures, model} = useStudio();
    const pages = Object.entries(FIGURES).filter(([, [, , id]]) => figures[id]?.kinds.includes(model.kind));
    return html`<${Pages} room="inside" label="Figures" pages=${Object.fromEntries(pages)} all=${FIGURES} />`;
}
