// Fills a text or a shape with a colour, a gradient or a picture that lies in its own plane.

import type { PlacedLayer } from '../doc/document.ts';
import { isAffine, project } from '../geometry/matrix.ts';
import type { Box } from '../geometry/size.ts';
import type { Context, MakeCanvas, Picture } from './canvas.ts';
import { mix } from './colour.ts';
import { boundsOf } from '../geometry/box.ts';
import { coverPart, inPerspective } from './perspective.ts';
import type { Outlined } from './placed.ts';

/** Steps of a gradient that is drawn in strips. */
const STRIPS = 128;

/**
 * @param picture for a fill that is one; its colour where the picture is missing
 * @param frame what the canvas holds of the output
 */
export function fillWith(
	context: Context,
	layer: PlacedLayer,
	shape: Outlined,
	picture: Picture | undefined,
	frame: Box,
	make: MakeCanvas
): void {
	shape.trace(context);
	if (layer.fill === 'colour' || (layer.fill === 'picture' && !picture)) {
		context.fillStyle = layer.colour;
		context.fill();
		return;
	}
	const { x, y, width, height } = boundsOf(shape.outline);
	if (width === 0 || height === 0) return;
	if (layer.fill === 'picture') {
		fillWithPicture(context, shape, picture!, { x, y, width, height }, frame, make);
		return;
	}
	const [cx, cy] = [x + width / 2, y + height / 2];
	const angle = (layer.gradientAngle * Math.PI) / 180;
	const [ux, uy] = [Math.cos(angle), Math.sin(angle)];
	// Half the way across the box in the gradient's direction; as CSS has it, corners get the ends' colours.
	const half =
		layer.fill === 'linear'
			? (Math.abs(width * ux) + Math.abs(height * uy)) / 2
			: Math.hypot(width, height) / 2;
	const m = shape.matrix;
	context.save();
	if (isAffine(m)) {
		const gradient =
			layer.fill === 'linear'
				? context.createLinearGradient(cx - ux * half, cy - uy * half, cx + ux * half, cy + uy * half)
				: context.createRadialGradient(cx, cy, 0, cx, cy, half);
		gradient.addColorStop(0, layer.colour);
		gradient.addColorStop(1, layer.colour2);
		// The path is on the output already; what is transformed now is the gradient alone.
		context.transform(m[0]!, m[4]!, m[1]!, m[5]!, m[3]!, m[7]!);
		context.fillStyle = gradient;
		context.fill();
	} else {
		context.clip();
		// Each strip goes on to the end, under the next one: no seams.
		const far = Math.hypot(width, height) * 0.52;
		for (let i = 0; i < STRIPS; i++) {
			context.fillStyle = mix(layer.colour, layer.colour2, (i + 0.5) / STRIPS);
			context.beginPath();
			if (layer.fill === 'linear') {
				const from = i === 0 ? -half - 1 : -half + (2 * half * i) / STRIPS;
				const corners = [
					[from, -far],
					[half + 1, -far],
					[half + 1, far],
					[from, far]
				].map(([along, across]) => [cx + ux * along! - uy * across!, cy + uy * along! + ux * across!]);
				polygon(context, shape, corners);
			} else {
				const radius = half * (1 - i / STRIPS);
				context.fillStyle = mix(layer.colour2, layer.colour, (i + 0.5) / STRIPS);
				const corners = Array.from({ length: 48 }, (_, k) => {
					const turn = (2 * Math.PI * k) / 48;
					const wide = i === 0 ? radius * 1.1 : radius;
					return [cx + wide * Math.cos(turn), cy + wide * Math.sin(turn)];
				});
				polygon(context, shape, corners);
			}
			context.fill();
		}
	}
	context.restore();
}

function polygon(context: Context, { matrix }: Outlined, corners: readonly (readonly number[])[]): void {
	for (const [x, y] of corners) {
		const p = project(matrix, x!, y!);
		context.lineTo(p.x, p.y);
	}
	context.closePath();
}

/** The path is there already; the picture covers the whole box, whatever their proportions. */
function fillWithPicture(
	context: Context,
	{ matrix: m }: Outlined,
	picture: Picture,
	box: Box,
	frame: Box,
	make: MakeCanvas
): void {
	context.save();
	context.clip();
	if (isAffine(m)) {
		const part = coverPart(picture, box);
		context.transform(m[0]!, m[4]!, m[1]!, m[5]!, m[3]!, m[7]!);
		context.drawImage(picture, part.x, part.y, part.width, part.height, box.x, box.y, box.width, box.height);
	} else context.drawImage(inPerspective(picture, box, m, frame, make), frame.x, frame.y);
	context.restore();
}
