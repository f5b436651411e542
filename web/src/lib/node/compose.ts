// A document from a few words: a look, laid out as wide as the photo allows. What an agent asks for.

import * as v from 'valibot';
import { changeText, newDocument, textLayers, MIN_SIZE, type Document } from '../doc/document.ts';
import { lookChange, TEMPLATES } from '../doc/templates.ts';
import type { FontLibrary } from '../fonts/library.ts';
import { clamp, type Size } from '../geometry/size.ts';
import { cased, layoutText } from '../text/layout.ts';

/** How much of the photo's width the text takes, and of its height at most. */
const [WIDE, HIGH] = [0.9, 0.6];

const OUTSIDE = 'The height is not from 0, the top, to 1, the bottom.';

const looks = TEMPLATES.map(({ id }) => id);

export const requestSchema = v.object({
	text: v.pipe(v.string(), v.trim(), v.nonEmpty('The text is empty.'), v.maxLength(500)),
	style: v.optional(v.picklist(looks, `The style is unknown; wanted one of ${looks.join(', ')}.`), 'poster'),
	colour: v.optional(v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/i, 'The colour is no #rrggbb.'))),
	/** From 0, the top, to 1, the bottom: where the text's middle is. */
	height: v.optional(v.pipe(v.number(), v.minValue(0, OUTSIDE), v.maxValue(1, OUTSIDE)), 0.33)
});

export type TextRequest = v.InferOutput<typeof requestSchema>;

/** The fonts of the look are loaded on the way. */
export async function compose(
	{ text, style, colour, height }: TextRequest,
	size: Size,
	fonts: FontLibrary
): Promise<Document> {
	const look = TEMPLATES.find(({ id }) => id === style)!.look;
	const start = newDocument(size);
	const { id } = textLayers(start)[0]!;
	const change = {
		...lookChange(look),
		text,
		...(colour !== undefined && { colour, fill: 'colour' as const })
	};
	const document = changeText(start, id, { ...change, x: size.width / 2, y: size.height * height });
	const layer = textLayers(document)[0]!;
	await fonts.ensure(layer.font, cased(layer));
	const { box } = layoutText(layer, fonts);
	if (box.width === 0) return document;
	const grow = Math.min((size.width * WIDE) / box.width, (size.height * HIGH) / box.height);
	return changeText(document, id, { size: clamp(layer.size * grow, MIN_SIZE, size.height) });
}
