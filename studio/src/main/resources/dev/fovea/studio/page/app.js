// The page's shell: opens, shows header, pictures and the room that is chosen, and what went wrong if something did.

import {Component, html, render, useEffect, useMemo, useRef, useState} from './vendor/preact-htm.js';
import {GONE, json, useAnswering} from './core/api.js';
import {Announcer} from './core/announce.js';
import {go, set, useSetting, useView} from './core/state.js';
import {Header} from './shell/header.js';
import {Help} from './shell/help.js';
import {Pictures} from './shell/pictures.js';
import {Problem, Waiting} from './core/widgets.js';
import {COMPARES, Studio} from './core/studio.js';
import {repaint} from './core/canvas.js';
import {useKeys} from './core/keys.js';
import {Inside} from './rooms/inside.js';
import {lazy} from './core/lazy.js';
import {Machine, machinePages} from './rooms/machine.js';
import {Try} from './rooms/try.js';

/** The rooms, in the order of the header. */
export const ROOMS = {
    try: ['Try', Try],
    inside: ['Inside', Inside],
    machine: ['Machine', Machine],
    compare: ['Compare', lazy(() => import('./rooms/compare.js'), 'Compare')],
    search: ['Search', lazy(() => import('./rooms/search.js'), 'Search')],
    lesson: ['Lesson', lazy(() => import('./rooms/lesson.js'), 'Lesson')]
};

/** Catches what a component throws, so that the rest of the page stays. */
class Boundary extends Component {
    componentDidCatch(error) {
        console.warn(error);
        this.setState({error, at: this.props.at});
    }

    render({children, at}, {error, at: failed}) {
        return error && failed === at ? html`<${Problem}
            error=${{message: `This figure could not be drawn: ${error.message}`}}
            again=${() => this.setState({error: null})} />` : children;
    }
}

function App() {
    const view = useView();
    const [base, load] = useState(null);
    const [error, fail] = useState(null);
    const answers = useAnswering();
    const [theme, changeTheme] = useSetting('theme', 'auto');
    const [keys, changeKeys] = useSetting('keys', 'on');
    const help = useRef(null);
    useEffect(() => {
        if (!base && answers) {
            Promise.all(['state', 'pictures', 'figures'].map(name => json(`api/${name}`))).then(([state, pictures,
                figures]) => {
                fail(null);
                load({state, pictures, figures: Object.fromEntries(figures.map(figure => [figure.id, figure]))});
            }, fail);
        }
    }, [answers]);
    useEffect(() => {
        document.documentElement.dataset.theme = theme;
        repaint();
    }, [theme]);
    useKeys({
        '?': ['this help', () => help.current.showModal()],
        d: ['dark or light', () => changeTheme(theme === 'dark' ? 'light' : 'dark')]
    });
    const add = entry => {
        load({...base, pictures: [...base.pictures.filter(({id}) => id !== entry.id), entry]});
        set({picture: entry.id, labels: ''});
    };
    const shared = useMemo(() => base && {...share(base, view), add}, [base, location.hash]);
    useEffect(() => {
        document.title = `${[ROOMS[view.room]?.[0] ?? 'Try',
            shared?.picture?.name].filter(Boolean).join(' · ')} · Fovea studio`;
    });
    if (!shared) {
        return html`<div class="opening"><p class="brand">Fovea studio</p>
            ${error ? html`<${Problem} error=${error} />` : html`<${Waiting} what="Opening" />`}</div>`;
    }
    const [, Room] = roomsOf(shared)[view.room] ?? ROOMS.try;
    return html`<${Studio.Provider} value=${shared}>
        <a class="skip" href="#content" onClick=${event => {
            event.preventDefault();
            document.getElementById('content').focus();
        }}>To the content</a>
        <${Header} rooms=${roomsOf(shared)} theme=${theme} changeTheme=${changeTheme} help=${() => help.current.showModal()} />
        <${Pictures} />
        ${!answers && html`<p class="banner bad"
            role="alert">${GONE}</p>`}
        ${shared.lost
            && html`<p
            class="banner">This link is about somebody's own picture. Drop that picture here to see it; until then, this is ${shared.picture.name}.</p>`}
        ${shared.model?.mini && !shared.picture.builtIn
            && html`<p
            class="banner">${shared.model.name} knows drawings, not photographs. For photographs: <code>./fovea studio --model openai/clip-vit-base-patch32</code></p>`}
        <main id="content" tabindex="-1"><${Boundary} at=${location.hash}><${Room} /><//></main>
        <${Help} dialog=${help} keys=${keys} changeKeys=${changeKeys} />
        <${Announcer} />
    <//>`;
}

/** The rooms that have something to show. */
const roomsOf = shared => Object.fromEntries(Object.entries(ROOMS)
    .filter(([room]) => room !== 'machine' || Object.keys(machinePages(shared)).length));

/** What all rooms need to know, with model and picture of the view; else with a CLIP and a picture that comes with the studio. */
function share({state, pictures, figures}, view) {
    const model = state.models.find(({name}) => name === view.params.model)
        ?? state.models.find(({kind}) => COMPARES.includes(kind)) ?? state.models[0];
    const picture = pictures.find(({id}) => id === view.params.picture);
    return {state, pictures, figures, view, model, picture: picture ?? pictures.find(({id}) => id === 'frog-and-tree')
        ?? pictures[0],
        lost: Boolean(view.params.picture) && !picture};
}

if (!location.hash) {
    go({room: 'try'});
}
const root = document.getElementById('app');
root.replaceChildren();
render(html`<${App} />`, root);
