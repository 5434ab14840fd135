// A room with several pages: their names at the side, the chosen one beside them.

import {html} from '../vendor/preact-htm.js';
import {format, go} from '../core/state.js';
import {useKeys} from '../core/keys.js';
import {useStudio} from '../core/studio.js';

/** Parameters that belong to the whole page rather than to one figure. */
const COMMON = ['model', 'picture', 'labels', 'label', 'layer', 'head', 'query', 'task', 'question', 'text'];

/**
 * @param {object} props
 * @param {Record<string, any[]>} props.pages by their part of the address: title, component, the server's figure
 * @param {Record<string, any[]>} [props.all] those that other models have, too
 */
export function Pages({room, label, pages, all = pages}) {
    const {view, model, figures} = useStudio();
    const why = ([, , id]) => figures[id]?.absent?.[model.kind];
    const absent = Object.entries(all).filter(([name, page]) => !pages[name] && why(page));
    const names = Object.keys(pages);
    const page = pages[view.page] ? view.page : names[0];
    const elsewhere = view.page && !pages[view.page] && all[view.page];
    const Page = pages[page]?.[1];
    const params = Object.fromEntries(COMMON.map(name => [name, view.params[name]]));
    const turn = by => () => go({page: names[(names.indexOf(page) + by + names.length) % names.length]});
    useKeys({n: ['next figure', turn(1)], p: ['figure before', turn(-1)]});
    return html`<div class="room"><nav class="pages" aria-label=${label}>
        <ol>${Object.entries(pages).map(([name, [title]]) => html`<li key=${name}><a
            href=${format({room, page: name, params})}
            aria-current=${name === page ? 'page' : undefined} onClick=${event => {
        event.preventDefault();
        go({page: name});
    }}>${title}</a></li>`)}</ol>
        ${absent.length > 0 && html`<details class="absent"><summary>Not for this model</summary>
            <dl>${absent.map(([name, page]) => html`<div key=${name}><dt>${page[0]}</dt><dd>${why(page)}.</dd></div>`)}</dl></details>`}</nav>
        <div class="page">${elsewhere && Page && html`<p
            class="banner">${model.name} has no figure “${elsewhere[0]}”${why(elsewhere) ? `. ${why(elsewhere)}. Another` : '; another'} model in the header may have it.</p>`}
            ${Page ? html`<${Page} key=${page} />`
            : html`<p
            class="banner">The studio has nothing to show of ${model.name} here. Choose another model in the header.</p>`}</div></div>`;
}
