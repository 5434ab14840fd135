// The header: rooms, model and device, light or dark.

import {html, useContext} from '../vendor/preact-htm.js';
import {Choice} from '../core/widgets.js';
import {format, set} from '../core/state.js';
import {Studio} from '../core/studio.js';

const THEMES = {auto: ['Theme: as the system', 'dark'], dark: ['Theme: dark', 'light'],
    light: ['Theme: light', 'auto']};

const KINDS = {clip: 'CLIP', resnet: 'CLIP ResNet', siglip: 'SigLIP', blip: 'BLIP', florence: 'Florence-2', dinov2: 'DINOv2', dinov3: 'DINOv3', convnext: 'DINOv3 ConvNeXt',
    mobileclip: 'MobileCLIP', tower: 'CLIP', pictures: 'pictures only'};

export function Header({rooms, theme, changeTheme, help}) {
    const {state, model, view} = useContext(Studio);
    const {model: name, picture, labels} = view.params;
    const here = rooms[view.room] ? view.room : 'try';
    const follow = room => event => {
        event.preventDefault();
        if (event.currentTarget.hash !== location.hash) {
            history.pushState(null, '', event.currentTarget.hash);
            dispatchEvent(new PopStateEvent('popstate'));
        }
    };
    return html`<header class="top">
        <a class="brand" href="#/try" onClick=${follow('try')}><img src="icon.svg" alt="" width="24"
            height="24" />Fovea studio</a>
        <nav aria-label="Rooms">${Object.entries(rooms).map(([room, [title]]) => html`<a key=${room}
            onClick=${follow(room)}
            href=${format({room, page: '', params: {model: name, picture, labels}})}
                aria-current=${room === here ? 'page' : undefined}>${title}</a>`)}</nav>
        <div class="side">
            <${Choice} label="Model" value=${model?.name}
                change=${chosen => set({model: chosen, layer: '', head: '', query: ''})}
                options=${state.models.map(one => [one.name, `${one.name} (${KINDS[one.kind] ?? one.kind})`])} />
            <button type="button" class="plain"
                onClick=${() => changeTheme(THEMES[theme][1])}>${THEMES[theme][0]}</button>
            <button type="button" class="plain" onClick=${help} aria-haspopup="dialog">Help <kbd>?</kbd></button>
        </div>
        <p class="device">${[state.device, state.threads
            && `${state.threads} threads`].filter(Boolean).join(', ')} · Fovea ${state.version}</p>
    </header>`;
}
