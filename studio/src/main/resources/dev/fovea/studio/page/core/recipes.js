// What gives the same from a terminal, from curl and from Java, made of what is on the screen.

/** Quotes a word for a shell. */
const quoted = word => /^[\w./:=-]+$/.test(word) ? word : `'${String(word).replaceAll("'", "'\\''")}'`;

/** Quotes a text for Java. */
const java = text => JSON.stringify(String(text)).replace(/[\u0080-\uffff]/g,
    letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A text as it stands between the quotes of Java. */
const inside = text => java(text).slice(1, -1);

/** The file that a picture's entry stands for. */
const file = picture => picture.builtIn ? `examples/pictures/${picture.name}` : picture.name || 'picture.png';

/** Questions about a region: Florence-2's task, and the method of Java. */
const REGIONS = {
    'describe-region': ['<REGION_TO_DESCRIPTION>', 'describe'],
    'name-region': ['<REGION_TO_CATEGORY>', 'categorize'],
    'outline-region': ['<REGION_TO_SEGMENTATION>', 'segment'],
    'read-region': ['<REGION_TO_OCR>', 'read']
};

/** A region as location tokens, thousandths of the picture. */
const locations = (region, {width, height}) => region.map((at, i) =>
    `<loc_${Math.min(999, Math.floor(at * 1000 / (i % 2 ? height : width)))}>`).join('');

/** Commands by what a run does. */
const COMMANDS = {
    clip: body => ['classify', ...body.labels],
    caption: () => ['caption'],
    ask: body => ['ask', body.question],
    match: body => ['match', ...body.texts],
    detect: () => ['detect'],
    ground: body => ['ground', body.text],
    segment: body => ['segment', body.text],
    ocr: () => ['ocr'],
    describe: () => ['describe'],
    ...Object.fromEntries(Object.entries(REGIONS).map(([kind, [task]]) => [kind, (body, picture) => ['florence', task,
        locations(body.region, picture)]]))
};

/** Java by what a run does: the model's class, and the call. */
const CALLS = {
    clip: body => ['Clip', `classify(picture, List.of(${body.labels.map(java).join(', ')}))`],
    caption: (body, kind) => kind === 'florence' ? ['Florence2', 'caption(picture)']
        : ['BlipCaptioner', 'caption(picture)'],
    ask: body => ['BlipAnswerer', `answer(picture, ${java(body.question)})`],
    match: body => ['BlipMatcher', `matchAll(picture, List.of(${body.texts.map(java).join(', ')}))`],
    detect: () => ['Florence2', 'detect(picture)'],
    ground: body => ['Florence2', `ground(picture, ${java(body.text)})`],
    segment: body => ['Florence2', `segment(picture, ${java(body.text)})`],
    ocr: () => ['Florence2', 'read(picture)'],
    describe: () => ['Florence2', 'describe(picture)'],
    ...Object.fromEntries(Object.entries(REGIONS).map(([kind, [, method]]) => [kind, body => ['Florence2',
        `${method}(picture, new Detection("", ${body.region.join(', ')}, OptionalDouble.empty()))`]]))
};

const filled = (template, values) => template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/**
 * Writes the three ways to one figure.
 *
 * @param {{body: any, path?: string, facts?: any, picture: any, model: any, values?: Record<string, unknown>}} wanted
 *     the run's body, the figure's path below it, what the server says of the figure
 * @returns {[string, string][]} name and text of each way
 */
export function recipes({body, path, facts, picture, model, values = {}}) {
    const label = body.labels?.[values.label ?? 0] ?? '';
    const inJava = {layer: 0, head: 0, query: 0, ...values, model: inside(model.name), picture: inside(file(picture)), label: inside(label)};
    const inShell = {model: quoted(model.name), picture: quoted(file(picture)), labels: (body.labels ?? []).map(quoted).join(' ')};
    const [verb, ...words] = COMMANDS[body.kind]?.(body, picture) ?? [];
    // A figure below a run has a command only if the server knows one that prints its numbers.
    // A region has commands of its own, and a cut-out compared with labels has none.
    const {region} = body;
    const command = facts?.command && !region ? filled(facts.command, inShell) : !path && verb && !(region && body.labels)
        && `./fovea ${[verb, file(picture), ...words].map(quoted).join(' ')} --model ${quoted(model.name)} --json`;
    const at = `${location.origin}/api/runs`;
    const cookie = `-b fovea-${location.port}=TOKEN`;
    const run = `curl -N ${cookie} -H 'X-Fovea: 1' -H 'Origin: ${location.origin}' \\\n  --json ${quoted(JSON.stringify(body))} ${at}`;
    const curl = path ? `${run}\ncurl ${cookie} '${at}/RUN/${path}'` : run;
    const [type, call] = CALLS[body.kind]?.(body, model.kind) ?? [];
    const code = facts?.java && !region ? filled(facts.java, inJava) : type
        && `try (${type} model = ${type}.load(${java(model.name)})) {\n`
        + `    Picture picture = Picture.read(Path.of(${java(file(picture))}))${region && body.labels ? `.part(${region.join(', ')})` : ''};\n    System.out.println(model.${call});\n}`;
    return [command && ['Command', command], ['curl', curl], code && ['Java', code]].filter(Boolean);
}
