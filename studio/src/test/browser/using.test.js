// Using the page: keyboard, address, pictures of one's own, exports, and a server that goes away.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';
import {found, ORIGIN, settled, show, studio} from './open.js';

test('the tour is played by keyboard alone', () => studio(async page => {
    await tabTo(page, 'Lesson');
    await page.keyboard.press('Enter');
    await settled(page);
    await tabTo(page, /One picture through CLIP/);
    await page.keyboard.press('Enter');
    await settled(page);
    for (let step = 1; step <= 10; step++) {
        assert.match(await page.locator('.script h2').innerText(), new RegExp(`^${step}\\. `));
        assert.equal(await page.locator('main .problem').count(), 0, `step ${step}`);
        assert.ok(await page.locator('.figure [data-export], .figure .words-merged, .figure .written').count(), `step ${step} has no figure`);
        if (step === 2) {
            await tabTo(page, /^Yes, it sees/);
            await page.keyboard.press('ArrowDown');
            await tabTo(page, 'Show the answer');
            await page.keyboard.press('Enter');
            assert.match(await page.locator('.answer').innerText(), /^Yes\. The crop/);
        }
        await page.locator('body').press('n');
        await settled(page);
    }
    assert.match(await page.locator('.script h2').innerText(), /^10\. /);
    await page.locator('body').press('p');
    await settled(page);
    assert.match(await page.locator('.script h2').innerText(), /^9\. /);
}));

/** Presses Tab until the focus is on something of this name. */
async function tabTo(page, name) {
    for (let i = 0; i < 80; i++) {
        const text = await page.evaluate(() => {
            const element = document.activeElement;
            return (element.labels?.[0]?.innerText ?? element.innerText ?? '').trim();
        });
        if (name instanceof RegExp ? name.test(text) : name === text) {
            return;
        }
        await page.keyboard.press('Tab');
    }
    assert.fail(`Tab never came to ${name}`);
}

test('every step of every lesson has its figure', () => studio(async page => {
    const lessons = await page.evaluate(async () => (await fetch('api/lessons')).json());
    assert.ok(lessons.length >= 4);
    for (const {name, steps} of lessons) {
        for (let step = 1; step <= steps; step++) {
            await show(page, `lesson/${name}?step=${step}`);
            assert.equal(await page.locator('main .problem').count(), 0, `${name}, step ${step}`);
            assert.ok(await page.locator('.figure [data-export], .figure .words-merged, .figure .written').count(), `${name}, step ${step} has no figure`);
        }
    }
}));

test('arrows move the query, keys move layer and head, and the address follows', () => studio(async page => {
    await show(page, 'inside/attention?model=clip-mini&picture=frog-and-tree&layer=2&head=1&query=0');
    await page.locator('canvas[tabindex="0"]').nth(1).focus();
    await page.keyboard.press('ArrowRight');
    await settled(page);
    assert.match(page.url(), /query=37/);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press(']');
    await page.keyboard.press('.');
    await settled(page);
    assert.match(page.url(), /layer=3&head=2&query=36/);
    assert.match(await page.locator('canvas').nth(1).getAttribute('aria-label'), /^Layer 4 of 6, head 3 of 6: the patch in row 5, column 4/);
    const row = await page.evaluate(async () => {
        const run = performance.getEntriesByType('resource').map(entry => entry.name).filter(name => name.includes('/attention?layer=3&query=36')).at(-1);
        const numbers = new Float32Array(await (await fetch(run)).arrayBuffer());
        return Array.from(numbers.slice(2 * 65, 3 * 65));
    });
    assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-5);
    const most = row.indexOf(Math.max(...row));
    const where = most ? `row ${Math.floor((most - 1) / 8) + 1}, column ${(most - 1) % 8 + 1}` : 'class token';
    assert.ok((await page.locator('.sentence').innerText()).includes(`attends most to ${where}`));
}));

test('the colours of a map are those of the table', () => studio(async page => {
    await show(page, 'inside/attention?model=clip-mini&picture=frog-and-tree&layer=2&head=1&query=0');
    const [seen, row] = await page.evaluate(async () => {
        const canvas = document.querySelector('canvas');
        const scale = canvas.width / canvas.clientWidth;
        const wide = (canvas.clientWidth - 26) / 6;
        const g = canvas.getContext('2d');
        const {data} = g.getImageData(0, 0, canvas.width, canvas.height);
        const at = i => {
            const x = Math.floor((26 + wide + (i % 8 + 0.5) * (wide - 4) / 8) * scale);
            const y = Math.floor((20 + 2 * wide + (Math.floor(i / 8) + 0.5) * (wide - 4) / 8) * scale);
            return Array.from(data.slice(4 * (y * canvas.width + x), 4 * (y * canvas.width + x) + 3));
        };
        const address = performance.getEntriesByType('resource').map(entry => entry.name).filter(name => name.includes('/attention?layer=2&query=0')).at(-1);
        const numbers = new Float32Array(await (await fetch(address)).arrayBuffer());
        return [Array.from({length: 64}, (_, i) => at(i)), Array.from(numbers.slice(65 + 1, 2 * 65))];
    });
    const most = Math.max(...row);
    const {viridis} = await import(`data:text/javascript,${encodeURIComponent(await (await page.request.get(`${ORIGIN}/core/colour.js`)).text())}`);
    row.forEach((value, i) => viridis(value / most).forEach((part, c) => assert.ok(Math.abs(part - seen[i][c]) <= 1, `patch ${i}: ${seen[i]} for ${value / most}`)));
}));

test('back, reload and another tab show what the address says', () => studio(async (page, context) => {
    await show(page, 'inside/attention?model=clip-mini&picture=octopus&layer=1&head=3');
    await page.getByRole('link', {name: 'Score', exact: true}).click();
    await settled(page);
    assert.equal(await page.locator('h2').first().innerText(), 'From cosines to scores');
    await page.goBack();
    await settled(page);
    assert.match(await page.locator('.sentence').innerText(), /^Layer 2 of 6, head 4 of 6/);
    await page.reload();
    await settled(page);
    assert.match(await page.locator('.sentence').innerText(), /^Layer 2 of 6, head 4 of 6/);
    const other = await context.newPage();
    await other.goto(page.url());
    await settled(other);
    await other.getByRole('link', {name: 'Compare', exact: true}).click();
    await settled(other);
    assert.match(await page.locator('.sentence').innerText(), /^Layer 2 of 6, head 4 of 6/);
    assert.match(other.url(), /picture=octopus/);
}));

test('a picture of one’s own is dropped, named by its bytes, and asked for by a link elsewhere', () => studio(async page => {
    const name = '<img src=x onerror=alert(1)>.png';
    await page.setInputFiles('input[type=file]', {name, mimeType: 'image/png', buffer: await picture(page)});
    await page.waitForURL(/picture=[0-9a-f]{16}|picture=up/);
    await settled(page);
    assert.equal(await page.locator('.strip button[aria-pressed=true]').getAttribute('title'), name);
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    await show(page, 'inside/picture?picture=0123456789abcdef');
    assert.match(await page.locator('.banner').first().innerText(), /Drop that picture here/);
}));

/** A small picture that no example is. */
async function picture(page) {
    const text = await page.evaluate(() => {
        const canvas = document.createElement('canvas');
        canvas.width = 300;
        canvas.height = 120;
        const g = canvas.getContext('2d');
        g.fillStyle = '#c33';
        g.fillRect(0, 0, 300, 120);
        g.fillStyle = '#fff';
        g.fillRect(20, 20, 60, 60);
        return canvas.toDataURL('image/png');
    });
    return Buffer.from(text.split(',')[1], 'base64');
}

test('a file that is no picture is refused in one line, and the page stays', () => studio(async page => {
    await page.setInputFiles('input[type=file]', {name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello')});
    await page.waitForSelector('.note');
    assert.match(await page.locator('.note').innerText(), /picture/i);
    assert.equal(await page.locator('main h2').count() > 0, true);
}, {expected: /status of 400/}));

test('hostile labels are text', () => studio(async page => {
    await show(page, `inside/score?model=clip-mini&labels=${encodeURIComponent('<script>alert(1)</script>|<b onclick=x>a cat</b>')}`);
    assert.equal(await page.locator('main script, main b[onclick]').count(), 0);
    assert.match(await page.locator('.chips').innerText(), /<script>alert\(1\)<\/script>/);
}));

test('the contributions that are shown add up to the cosine that is shown', () => studio(async page => {
    await show(page, 'inside/contributions?model=clip-mini&picture=frog-and-tree&detail=1');
    await page.locator('.numbers summary').click();
    await page.locator('.numbers tbody tr').first().waitFor();
    const [sum, cosine] = await page.evaluate(() => {
        const number = text => Number(text.replace('−', '-').replace('+', ''));
        const rows = Array.from(document.querySelectorAll('.numbers tbody tr'), row => number(row.cells[1].innerText));
        return [rows.reduce((a, b) => a + b, 0), number(document.querySelector('.sentence').innerText.match(/ is (−?[\d.]+\d)\./)[1])];
    });
    assert.ok(Math.abs(sum - cosine) < 3e-4, `${sum} and ${cosine}`);
}));

test('figures are handed out as PNG, SVG and JSON', () => studio(async page => {
    await show(page, 'inside/contributions?model=clip-mini&picture=frog-and-tree');
    const save = async name => {
        const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', {name, exact: true}).click()]);
        assert.match(file.suggestedFilename(), /^fovea-contributions-clip-mini-frog-and-tree\./);
        return readFileSync(await file.path());
    };
    const png = await save('PNG');
    assert.deepEqual([...png.subarray(1, 4)], [...Buffer.from('PNG')]);
    assert.ok(png.readUInt32BE(16) > 1000 && png.length > 20000);
    assert.match((await save('SVG')).toString(), /^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<rect/);
    const json = JSON.parse(await save('JSON'));
    assert.equal(json.model, 'clip-mini');
    assert.match(json.fingerprint, /^[0-9a-f]{32}$/);
    assert.match(json.pictureSha256, /^[0-9a-f]{64}$/);
    assert.ok(Math.abs(json.values.terms.reduce((sum, {value}) => sum + value, 0) - json.values.cosine) < 1e-5);
}));

test('a region is drawn by the mouse and moved by keys, and the model sees it alone', () => studio(async page => {
    await show(page, 'try/region?picture=frog-and-tree&way=clip&labels=a frog|a tree');
    const canvas = page.locator('main canvas').first();
    const {x, y, width, height} = await canvas.boundingBox();
    await page.mouse.move(x + width * 0.55, y + height * 0.05);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.8, y + height * 0.5);
    await page.mouse.move(x + width * 0.95, y + height * 0.95);
    await page.mouse.up();
    await settled(page);
    const [left, top, right, bottom] = decodeURIComponent(page.url()).match(/box=([\d,]+)/)[1].split(',').map(Number);
    assert.ok(Math.abs(left - 110) <= 2 && Math.abs(top - 10) <= 2 && Math.abs(right - 190) <= 2 && Math.abs(bottom - 190) <= 2, page.url());
    assert.match(await page.locator('.sentence').innerText(), /most like “a tree”/);
    await canvas.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Shift+ArrowUp');
    await settled(page);
    assert.match(decodeURIComponent(page.url()), new RegExp(`box=${left - 10},${top},${right - 10},${bottom - 10}`));
}));

test('keys with one letter can be switched off', () => studio(async page => {
    await show(page, 'inside/attention?model=clip-mini&layer=2&head=1');
    await page.getByRole('button', {name: /^Help/}).click();
    await page.getByLabel('Keys with one letter').uncheck();
    await page.getByRole('button', {name: 'Close'}).click();
    await page.locator('body').press(']');
    assert.match(page.url(), /layer=2/);
}));

test('when the server is gone the figure stays, and the page goes on when it is back', () => studio(async page => {
    await show(page, 'inside/attention?model=clip-mini&picture=frog-and-tree');
    await page.route('**/api/**', route => route.abort());
    await page.getByRole('link', {name: 'Score', exact: true}).click();
    await page.waitForSelector('.banner.bad');
    await page.unroute('**/api/**');
    await page.waitForSelector('.banner.bad', {state: 'detached'});
    await settled(page);
    assert.equal(await page.locator('main .problem').count(), 0);
    assert.match(await page.locator('.sentence').innerText(), /score/);
}, {expected: /ERR_FAILED/}));

test('a figure whose module was not read says so, and comes when the page is loaded again', () => studio(async page => {
    await page.route('**/*', route => route.abort());
    await page.getByRole('link', {name: 'Inside', exact: true}).click();
    await page.waitForSelector('main .problem');
    assert.match(await page.locator('main .problem').innerText(), /The studio does not answer\. .* open the address/);
    await page.unroute('**/*');
    await page.waitForSelector('.banner.bad', {state: 'detached'});
    await page.getByRole('button', {name: 'Try again'}).or(page.locator('main h2')).first().waitFor();
    if (await page.getByRole('button', {name: 'Try again'}).count()) {
        assert.match(await page.locator('main .problem').innerText(), /Load the page again/);
        await page.getByRole('button', {name: 'Try again'}).click();
    }
    await settled(page);
    assert.equal(await page.locator('main .problem').count(), 0);
    assert.equal(await page.locator('h2').first().innerText(), 'From the file to the model’s pixels');
}, {expected: /ERR_FAILED|net::ERR/}));

test('a run that waits says its place, one that fails says what to do', () => studio(async page => {
    const answer = body => route => route.fulfill({status: 200, contentType: 'text/event-stream', body});
    await page.route('**/api/runs', answer('event: error\ndata: {"error":{"message":"memory is short; store the weights smaller, --weights int8","code":"out_of_memory"}}\n\n'));
    await show(page, 'inside/lens?model=clip-mini&picture=elephant');
    assert.match(await page.locator('main .problem').innerText(), /memory is short; store the weights smaller/);
    await page.unroute('**/api/runs');
    await page.getByRole('button', {name: 'Try again'}).click();
    await settled(page);
    assert.equal(await page.locator('main .problem').count(), 0);
}));

test('the index is searched by words, by the chosen picture, and by a hit', () => studio(async page => {
    await show(page, 'search');
    await page.getByLabel('Words').fill('an octopus');
    await page.getByRole('button', {name: 'Search', exact: true}).click();
    await page.waitForSelector('.hits li');
    const first = () => page.locator('.hits .name').first().innerText();
    assert.equal(await first(), 'octopus.png');
    await page.getByRole('button', {name: 'Like this: two-mushrooms.png'}).click();
    await page.waitForFunction(() => document.querySelector('.hits .name')?.innerText === 'two-mushrooms.png');
    assert.match(page.url(), /like=/);
    assert.deepEqual(await found(page), []);
}));
