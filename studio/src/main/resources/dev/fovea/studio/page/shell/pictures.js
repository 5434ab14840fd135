// The strip of pictures: those that come with the studio, one's own by file, drop, paste or camera.

import {html, useContext, useEffect, useRef, useState} from '../vendor/preact-htm.js';
import {note} from '../core/announce.js';
import {sendPicture} from '../core/api.js';
import {set} from '../core/state.js';
import {Studio} from '../core/studio.js';

export function Pictures() {
    const {pictures, picture, state, view, add} = useContext(Studio);
    // A lesson's labels are part of what it tells; elsewhere each picture has its own usual ones.
    const labels = view.room === 'lesson' ? view.params.labels : '';
    const [busy, work] = useState(false);
    const [over, hover] = useState(false);
    const file = useRef(null);
    const camera = useRef(null);
    const take = async given => {
        if (!given) {
            return note('Nothing came that could be a picture: drop or paste a file, not an address.');
        }
        if (given.size > state.bodyBytes) {
            return note(`This file has ${Math.ceil(given.size / 1048576)} MB; at most ${Math.floor(state.bodyBytes / 1048576)} MB are read. Save it smaller.`);
        }
        work(true);
        try {
            add(await sendPicture(given));
        } catch (e) {
            note(e.message);
        } finally {
            work(false);
        }
    };
    useEffect(() => {
        const listeners = {
            dragover: event => {
                event.preventDefault();
                hover(true);
            },
            dragleave: event => event.relatedTarget || hover(false),
            drop: event => {
                event.preventDefault();
                hover(false);
                take(event.dataTransfer.files[0]);
            },
            paste: event => event.clipboardData.files.length && take(event.clipboardData.files[0])
        };
        Object.entries(listeners).forEach(([name, listener]) => addEventListener(name, listener));
        return () => Object.entries(listeners).forEach(([name, listener]) => removeEventListener(name, listener));
    });
    return html`<section class=${`strip ${over ? 'over' : ''}`} aria-label="Pictures">
        <ul>${pictures.map(one => html`<li key=${one.id}><button type="button" aria-pressed=${one.id === picture.id}
            title=${one.name || 'your picture'}
            onClick=${() => set({picture: one.id, labels, query: '', label: ''})}><img
                src=${`api/pictures/${one.id}.png`}
            alt=${one.name || 'your picture'} loading="lazy" /></button></li>`)}</ul>
        <div class="own"><button type="button" disabled=${busy}
            onClick=${() => file.current.click()}>${busy ? 'Reading …' : 'Your picture'}</button>
            <input ref=${file} type="file" accept="image/*" hidden onChange=${event => {
        take(event.target.files[0]);
        event.target.value = '';
    }} />
            <button type="button" onClick=${() => camera.current.open()}>Camera</button>
            <span class="hint">or drop, or paste</span></div>
        <${Camera} handle=${camera} take=${take} />
    </section>`;
}

/** Takes one frame of the camera; its light goes off right after. */
function Camera({handle, take}) {
    const dialog = useRef(null);
    const video = useRef(null);
    const [stream, keep] = useState(null);
    const stop = () => stream?.getTracks().forEach(track => track.stop());
    handle.current = {
        open: async () => {
            try {
                const opened = await navigator.mediaDevices.getUserMedia({video: {width: {ideal: 1280}}});
                keep(opened);
                video.current.srcObject = opened;
                dialog.current.showModal();
            } catch (e) {
                note(e.name === 'NotAllowedError' ? 'The browser may not use the camera: allow it beside the address.'
                    : 'No camera was found.');
            }
        }
    };
    const shoot = () => {
        const canvas = document.createElement('canvas');
        canvas.width = video.current.videoWidth;
        canvas.height = video.current.videoHeight;
        canvas.getContext('2d').drawImage(video.current, 0, 0);
        canvas.toBlob(blob => take(new File([blob], 'camera.png', {type: 'image/png'})), 'image/png');
        dialog.current.close();
    };
    return html`<dialog ref=${dialog} aria-label="Camera" onClose=${stop}><video ref=${video} autoplay muted
        playsinline></video>
        <div class="controls"><button type="button" onClick=${shoot}>Take the picture</button>
        <button type="button" onClick=${() => dialog.current.close()}>Cancel</button></div></dialog>`;
}
