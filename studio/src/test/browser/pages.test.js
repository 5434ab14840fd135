// Every page in both themes: drawn, accessible, quiet, and from one origin.

import assert from 'node:assert/strict';
import test from 'node:test';
import {found, settled, show, studio} from './open.js';

/** The server keeps eight runs; Space makes one for each picture, so the next figure finds its own dropped and starts it anew. */
const DROPPED = /status of 404/;

const CLIP = ['picture', 'patches', 'attention', 'norms', 'pca', 'text', 'score', 'lens', 'contributions', 'maps', 'space'].map(page => `inside/${page}?model=clip-mini&picture=frog-and-tree`);

const WRITERS = ['inside/words?model=blip-mini&picture=octopus', 'inside/beams?model=blip-mini&picture=octopus', 'inside/layers?model=blip-mini&picture=octopus&token=1', 'inside/text?model=blip-mini',
    'inside/places?model=florence-mini&picture=trumpet-boot-and-key&task=detect', 'inside/words?model=florence-mini&picture=trumpet-boot-and-key'];

const TRY = ['classify', 'caption', 'ask', 'match', 'describe', 'detect', 'ground', 'segment', 'ocr', 'region'].map(page => `try/${page}?picture=frog-and-tree`);

const OTHERS = ['inside/patches?picture=frog-and-tree&show=alike&query=20', 'inside/maps?picture=frog-and-tree&left=surgery&right=grad-eclip&referee=1&sanity=1', 'inside/attention?layer=2&query=20&head=mean',
    'machine/timeline', 'machine/operations', 'machine/kernel', 'machine/recordings', 'machine/weights', 'machine/precision', 'compare', 'search', 'lesson', 'lesson/tour'];

for (const scheme of ['light', 'dark']) {
    for (const [name, views] of Object.entries({'CLIP from inside': CLIP, 'models that write, from inside': WRITERS, 'Try': TRY, 'the other rooms': OTHERS})) {
        test(`${name}, ${scheme}`, () => studio(async page => {
            const bad = [];
            for (const view of views) {
                await show(page, view);
                const problem = await page.locator('main .problem').allInnerTexts();
                bad.push(...problem.map(text => `${view}: ${text}`), ...(await found(page)).map(line => `${view}: ${line}`));
                assert.ok(await page.locator('main h2').count(), `${view} is blank`);
                const here = await page.locator('.pages a[aria-current]').getAttribute('href', {timeout: 500}).catch(() => null);
                assert.ok(!here || here.startsWith(`#/${view.split('?')[0]}`), `${view} shows ${here}`);
            }
            assert.deepEqual(bad, []);
        }, {scheme}));
    }
}

test('every foot opens: equation, Java, and what to do oneself', () => studio(async page => {
    await show(page, 'inside/attention?model=clip-mini&picture=frog-and-tree');
    await page.getByRole('button', {name: 'Equation'}).click();
    assert.ok(await page.locator('.equation math mfrac').count());
    const box = await page.locator('.equation math').boundingBox();
    assert.ok(box.height > 30, 'the equation is drawn as mathematics');
    await page.getByRole('button', {name: 'Java', exact: true}).click();
    await page.waitForSelector('.code .row');
    assert.match(await page.locator('.panel .where').innerText(), /\.java, line \d+/);
    await page.getByRole('button', {name: 'Do it yourself'}).click();
    assert.match(await page.locator('.panel').innerText(), /curl [\s\S]*attention\?layer=5&query=0[\s\S]*ClipInside/);
    assert.deepEqual(await found(page), []);
    await show(page, 'inside/score?model=clip-mini&picture=frog-and-tree');
    await page.getByRole('button', {name: 'Do it yourself'}).click();
    assert.match(await page.locator('.panel').innerText(), /\.\/fovea classify --model clip-mini \S*frog-and-tree.png 'a frog'/);
}));

test('no page scrolls sideways, down to 400 pixels and at 200% zoom', () => studio(async page => {
    for (const view of [...CLIP, ...TRY.slice(0, 2), TRY.at(-1), 'machine/timeline', 'compare', 'lesson', 'lesson/tour']) {
        for (const width of [640, 400]) {
            await page.setViewportSize({width, height: 800});
            await show(page, view);
            const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            assert.ok(over <= 0, `${view} at ${width} is ${over} pixels too wide`);
        }
    }
}, {expected: DROPPED}));

test('the page is dark when the system is, and when it is told to be', () => studio(async page => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(await ground(), 'rgb(18, 21, 24)');
    await page.getByRole('button', {name: 'Theme: as the system'}).click();
    await page.getByRole('button', {name: 'Theme: dark'}).click();
    await page.getByRole('button', {name: 'Theme: light'}).waitFor();
    await settled(page);
    assert.equal(await ground(), 'rgb(246, 247, 248)');
    await page.reload();
    await settled(page);
    assert.equal(await ground(), 'rgb(246, 247, 248)');
}, {scheme: 'dark'}));

test('axe, as it is run here, sees what is wrong', () => studio(async page => {
    await page.evaluate(() => {
        const image = document.createElement('img');
        image.src = 'icon.svg';
        document.querySelector('main').append(image);
    });
    assert.match((await found(page)).join(), /image-alt/);
}));
