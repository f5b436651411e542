// The editor's state and the one place that changes it. Longer than a file should be, and one class on purpose: undo,
// autosave, fonts and the pictures must hear of every change, so nothing else may write.

import { m } from '../i18n/messages.js';
import {
	extractAlpha,
	fetchSample,
	type JobProgress,
	type ServerStatus,
	type Subject
} from '../api/segment.ts';
import { addedPicture, addedShape, addedText, copiesOf, intoSight } from '../doc/added.ts';
import {
	changeLayer,
	insertLayer,
	isPlaced,
	moveLayer,
	newDocument,
	overPhoto,
	photoLayer,
	picturesIn,
	placedLayers,
	removeLayer,
	shownBox,
	subjectLayer,
	textLayers,
	type Document,
	type Layer,
	type LayerChange,
	type PlacedLayer,
	type SubjectLayer,
	type TextChange,
	type TextLayer
} from '../doc/document.ts';
import { MOST_LAYERS, readLayers, type ShapeKind } from '../doc/schema.ts';
import { lookChange } from '../doc/templates.ts';
import { download } from '../export/export.ts';
import { ensureFonts, FONTS_URL, fontLibrary } from '../fonts/bundled.ts';
import type { FontLibrary } from '../fonts/library.ts';
import { onAxes } from '../fonts/catalogue.ts';
import { ownFontId, readFontFile } from '../fonts/own.ts';
import type { Box, DocumentPoint } from '../geometry/size.ts';
import { History } from '../history/history.ts';
import { readProject, writeProject, type Project } from '../persist/project.ts';
import {
	keepFont,
	keptFonts,
	loadProject,
	forgetOpened,
	openedBefore,
	rememberOpened
} from '../persist/store.ts';
import { asWide, fitted, written } from '../render/fit.ts';
import { Outlined } from '../render/placed.ts';
import { outputSize, renderDocument } from '../render/render.ts';
import { cased } from '../text/layout.ts';
import { missingCharacters } from '../text/runs.ts';
import { makeCutout, type PaintedAlpha } from '../subject/cutout.ts';
import { alphaGrid, wayIntoSight, type AlphaGrid } from '../subject/place.ts';
import type { Part } from '../subject/parts.ts';
import { Autosave } from './autosave.ts';
import { ProjectClaim } from './claim.ts';
import { Exporter, type Exportable } from './exporter.svelte.ts';
import { Jobs, type Work } from './job.svelte.ts';
import { Looks } from './looks.svelte.ts';
import { readKept, readPhoto } from './opening.ts';
import { Painting, type Paintable } from './painting.svelte.ts';
import { ProjectPictures } from './pictures.svelte.ts';
import { message, newId, stemOf } from './words.ts';

/** The pictures at full size. */
interface Pictures {
	readonly photo: ImageBitmap;
	readonly cutout: ImageBitmap | undefined;
}

/** What undo goes back to. */
interface Snapshot {
	readonly document: Document;
	readonly alpha: Blob | undefined;
}

/** The longer side of the pictures in the list of recent projects. */
const THUMBNAIL = 240;

const OPENING: JobProgress = { stage: 'working', fraction: 0, step: m.opening_project() };

export class Editor {
	#document = $state.raw<Document>();
	#pictures = $state.raw<Pictures>();
	readonly #jobs = new Jobs();
	#notice = $state.raw<string>();
	#server = $state.raw<ServerStatus>();
	#fonts = $state.raw({ library: fontLibrary(FONTS_URL) });
	#fontsComing = $state(0);
	#missing = $state.raw<readonly string[]>([]);
	/** Looks of the person's own. */
	readonly looks = new Looks((notice) => (this.#notice = notice));
	/** The brush, and what it does to the subject. */
	readonly painting = new Painting(
		() => this.#paintable,
		(...stroke) => this.#takeStroke(...stroke),
		(error) => (this.#notice = message(error))
	);
	/** Pictures that the document may name. */
	readonly #brought = new ProjectPictures(
		() => this.#id,
		(notice) => (this.#notice = notice)
	);
	/** Hands out files of the picture. */
	readonly exporter = new Exporter(
		() => this.#exportable,
		() => this.#stem,
		(notice) => (this.#notice = notice)
	);
	/** What is chosen; the last one is what the panel edits. */
	#chosen = $state.raw<readonly string[]>([]);
	#dragsCorners = $state(false);
	#isCropping = $state(false);
	#cropRatio = $state<number>();
	#isWriting = $state(false);
	#parts = $state.raw<readonly Part[]>([]);
	/** Of the open project. */
	#id: string | undefined;
	/** The pictures that the browser's copy has. */
	#keptPictures: ReadonlySet<string> = new Set();
	#isMoving = $state.raw(false);
	#steps = $state.raw({ canUndo: false, canRedo: false });
	/** What was chosen or dropped, as the server is to see it. */
	#file: File | undefined;
	/** The same photo in a kind that browsers show. */
	#shown: Blob | undefined;
	#alpha: Blob | undefined;
	/** The subject's own colours in the soft edge, as the server found them; strokes leave them as they are. */
	#edges: Blob | undefined;
	/** What is shown is the quick model's opinion. */
	#isDraft = $state(false);
	#wordsAsked = $state(0);
	#wordsTaken = 0;
	/** What could not be kept when the person wanted to leave it. */
	#unkept: Document | undefined;
	/** A new document, as long as it is as it began. */
	#untouched: Document | undefined;
	readonly #claim = new ProjectClaim();
	readonly #history = new History<Snapshot>(changedBytes);
	#isSaved = $state(false);
	readonly #autosave = new Autosave(
		(error) => (this.#notice = m.not_kept({ why: message(error) })),
		(isSaved) => (this.#isSaved = isSaved),
		() => this.#thumbnail()
	);

	get document() {
		return this.#document;
	}
	get pictures() {
		return this.#pictures;
	}
	get job() {
		return this.#jobs.current;
	}
	/** Something to know that is not a failure. */
	get notice() {
		return this.#notice;
	}
	get server() {
		return this.#server;
	}
	/** Whoever draws text with it draws again when a font arrives. */
	get fonts(): FontLibrary {
		return this.#fonts.library;
	}
	/** Some of the document's fonts are not here yet: their texts can't be drawn. */
	get areFontsComing() {
		return this.#fontsComing > 0;
	}
	get isWorking() {
		return this.#jobs.isRunning;
	}
	get isDraft() {
		return this.#isDraft;
	}
	/** A layer is being dragged: drawing may be quick instead of exact. */
	get isMoving() {
		return this.#isMoving;
	}
	get canUndo() {
		return this.#steps.canUndo;
	}
	get canRedo() {
		return this.#steps.canRedo;
	}
	/** All that was done is kept in this browser. */
	get isSaved() {
		return this.#isSaved;
	}
	/** The text or shape that the panel edits: the chosen one, else the topmost text, else the topmost shape. */
	get placed(): PlacedLayer | undefined {
		const placed = this.#document ? placedLayers(this.#document) : [];
		return (
			placed.find(({ id }) => id === this.#chosen.at(-1)) ??
			placed.findLast(({ kind }) => kind === 'text') ??
			placed.at(-1)
		);
	}
	/** The same, where it is a text. */
	get text(): TextLayer | undefined {
		const { placed } = this;
		return placed?.kind === 'text' ? placed : undefined;
	}
	/** The layer that is chosen in the list. */
	get selected(): Layer | undefined {
		const last = this.#chosen.at(-1);
		return this.#document?.layers.find(({ id }) => id === last) ?? this.placed;
	}
	/** All that is chosen, from the bottom up; what is edited where nothing is. */
	get chosen(): readonly Layer[] {
		const chosen = this.#document?.layers.filter(({ id }) => this.#chosen.includes(id)) ?? [];
		return chosen.length > 0 ? chosen : this.selected ? [this.selected] : [];
	}
	/** The texts and shapes that the person chose, not those that are only edited since nothing is chosen. */
	get picked(): readonly PlacedLayer[] {
		return this.#document ? placedLayers(this.#document).filter(({ id }) => this.#chosen.includes(id)) : [];
	}
	/** A layer lies behind the subject. */
	isBehind(id: string): boolean {
		const layers = this.#document?.layers ?? [];
		return layers.findIndex((layer) => layer.id === id) < layers.findIndex(({ kind }) => kind === 'subject');
	}
	/** Pictures that the document may name, decoded. */
	get brought(): ReadonlyMap<string, ImageBitmap> {
		return this.#brought.bitmaps;
	}
	/** The corners on the picture are dragged one by one, instead of sizing. */
	get dragsCorners() {
		return this.#dragsCorners;
	}
	/** The subjects that stand apart in this photo. */
	get parts() {
		return this.#parts;
	}
	/** The edited text is written on the picture itself. */
	get isWriting() {
		return this.#isWriting;
	}
	/** The whole photo is shown, and the crop on it, to be dragged. */
	get isCropping() {
		return this.#isCropping;
	}
	get photo() {
		return this.#document && photoLayer(this.#document);
	}
	get subject() {
		return this.#document && subjectLayer(this.#document);
	}

	/** What no font here can draw, of the text that the panel edits; known once its fonts are loaded. */
	get missing() {
		return this.#missing;
	}

	/** Takes what the server says of itself; nothing where it does not answer. */
	useServer(status: ServerStatus | undefined) {
		this.#server = status;
	}

	/** Takes a photo, shows it at once, and cuts its subject out. A running job ends first. */
	async open(file: File) {
		const limit = this.#server?.limits.megabytes ?? Infinity;
		if (file.size > limit * 1e6) {
			this.#notice = m.too_large({ name: file.name, size: (file.size / 1e6).toFixed(1), limit });
			return;
		}
		await this.#openNew((...job) => this.#take(file, ...job));
	}

	/** One of the photos that come with the editor. */
	async openSample(name: string) {
		await this.#openNew(async (signal, report) =>
			this.#take(await fetchSample(name, signal), signal, report)
		);
	}

	/** Tries the photo's subject again. */
	async retry() {
		const file = this.#file;
		const photo = this.#pictures?.photo;
		if (!file || !photo) return;
		this.#notice = undefined;
		await this.#jobs.run((...job) => this.#cutOut(file, photo, ...job));
	}

	/** Ends the running job; the photo that is shown stays. */
	cancel() {
		this.#jobs.stop(this.#isUncut ? m.cancelled_uncut() : this.#isDraft ? m.cancelled_draft() : undefined);
	}

	dismissNotice() {
		this.#notice = undefined;
	}

	/** @param isToo beside what is chosen already; what is chosen is let go again */
	select(id: string, isToo = false) {
		if (id !== this.placed?.id) this.#isWriting = false;
		if (!isToo) this.#chosen = [id];
		else {
			const others = this.chosen.map((layer) => layer.id).filter((other) => other !== id);
			const isHeld = this.chosen.some((layer) => layer.id === id);
			if (!isHeld || others.length > 0) this.#chosen = isHeld ? others : [...others, id];
		}
		this.#findMissing();
	}

	writeOnPicture(isOn: boolean) {
		this.#isWriting = isOn && this.text !== undefined && !this.text.locked;
	}

	dragCorners(isOn: boolean) {
		this.#dragsCorners = isOn;
	}

	/** The proportions that a crop keeps while it is dragged, width by height; nothing where it is free. */
	get cropRatio() {
		return this.#cropRatio;
	}
	set cropRatio(ratio: number | undefined) {
		this.#cropRatio = ratio;
	}

	/** Shows and exports only this part, in document pixels; all of it where nothing is said. */
	crop(box: Box | undefined) {
		if (this.#document) this.#edit({ ...this.#document, crop: box }, 'crop');
	}

	adjustCrop(isOn: boolean) {
		if (isOn) this.refine(false);
		this.#isCropping = isOn;
	}

	/** Moves what is chosen, together with this layer, so that this one stands here. */
	place(id: string, x: number, y: number) {
		const document = this.#document;
		const held = document && placedLayers(document).find((layer) => layer.id === id);
		if (!held || held.locked) return;
		const [dx, dy] = [x - held.x, y - held.y];
		const along = this.chosen.filter((layer) => isPlaced(layer) && !layer.locked).map((layer) => layer.id);
		const ids = along.includes(id) ? along : [id];
		this.#edit(
			{
				...document,
				layers: document.layers.map((layer) =>
					isPlaced(layer) && ids.includes(layer.id) ? { ...layer, x: layer.x + dx, y: layer.y + dy } : layer
				)
			},
			`${ids.join()}:x,y`
		);
	}

	/**
	 * Changes a layer. The same fields of the same layer, changed again at once, are one step of undo.
	 */
	change(id: string, change: LayerChange) {
		if (this.#document)
			this.#edit(changeLayer(this.#document, id, change), `${id}:${Object.keys(change).join()}`);
	}

	/** Changes the words of a text. */
	write(id: string, text: string) {
		const document = this.#document;
		const before = document && textLayers(document).find((layer) => layer.id === id);
		if (before)
			this.#edit(changeLayer(document, id, written(document, before, text, this.fonts)), `${id}:text`);
	}

	/** Adds a text in the letters of the one that is edited, in front of all, and chooses it. */
	addText() {
		const document = this.#document;
		if (document && this.#insert([addedText(document, this.text)], undefined)) this.#askForWords();
	}

	/** Whether the words of the edited text are to be written now: true once for each new text. */
	takeWordsAsked(): boolean {
		const isAsked = this.#wordsAsked !== this.#wordsTaken;
		this.#wordsTaken = this.#wordsAsked;
		return isAsked;
	}

	#askForWords() {
		this.#wordsAsked++;
	}

	/** Adds a shape in the middle, on top, and chooses it. */
	addShape(shape: ShapeKind) {
		if (this.#document) this.#insert([addedShape(this.#document, shape)], undefined);
	}

	/** Adds a picture of the person's own as a layer, on top, and chooses it. */
	async addPicture(file: File) {
		const id = await this.#brought.bring(file);
		const [document, bitmap] = [this.#document, id === undefined ? undefined : this.brought.get(id)];
		if (document && bitmap && id !== undefined)
			this.#insert([addedPicture(document, id, bitmap, stemOf(file.name))], undefined);
	}

	/** Fills what is edited with a picture of the person's own. */
	async fillWithPicture(file: File) {
		const { placed } = this;
		const picture = placed && (await this.#brought.bring(file));
		if (picture) this.change(placed.id, { fill: 'picture', picture });
	}

	/** Puts a picture of the person's own in the background's place. */
	async replaceBackground(file: File) {
		const backgroundPicture = await this.#brought.bring(file);
		const { photo } = this;
		if (photo && backgroundPicture) this.change(photo.id, { background: 'picture', backgroundPicture });
	}

	/** Everything that is chosen, once more, a little below. */
	duplicate(...ids: string[]) {
		const layers = this.#document?.layers.filter((layer) => ids.includes(layer.id)) ?? [];
		this.#insertCopies(layers.filter(isPlaced), layers.at(-1)?.id);
	}

	/** What is chosen, to be put into another picture, or into this one again. */
	copiedLayers(): string | undefined {
		const layers = this.chosen.filter(isPlaced);
		return layers.length > 0 ? JSON.stringify(layers) : undefined;
	}

	/** Puts the pictures of what is chosen where other windows find them. */
	keepCopiedPictures() {
		this.#brought.keepCopied(new Set(this.chosen.filter(isPlaced).map(({ picture }) => picture)));
	}

	/** Adds layers that were copied here or in another window. */
	async pasteLayers(copied: string) {
		try {
			const layers = readLayers(JSON.parse(copied)).map((layer) => ({
				...layer,
				locked: false,
				hidden: false
			}));
			const project = this.#id;
			if (project === undefined) return;
			await this.#brought.bringCopied(new Set(layers.map(({ picture }) => picture)));
			if (project !== this.#id || !this.#document) return;
			this.#insertCopies(intoSight(this.#document, layers), this.placed?.id);
			if (layers.some(({ fill, picture }) => fill === 'picture' && !this.brought.has(picture)))
				this.#notice = m.pictures_stayed();
		} catch (error) {
			this.#notice = message(error);
		}
	}

	remove(...ids: string[]) {
		if (!this.#document) return;
		this.#edit(ids.reduce(removeLayer, this.#document));
		// The same key again must not take what the person did not mean.
		this.#chosen = this.#chosen.filter((id) => !ids.includes(id));
	}

	/** Puts a layer right behind the subject, or right in front of it. */
	putBehind(id: string, isBehind: boolean) {
		const layers = this.#document?.layers ?? [];
		const subject = layers.findIndex(({ kind }) => kind === 'subject');
		// Its own place is empty then: what was behind moves one down.
		if (isBehind !== this.isBehind(id)) this.moveTo(id, subject);
	}

	/** @param to its place among the layers, counted from the bottom */
	moveTo(id: string, to: number) {
		if (this.#document) this.#edit(moveLayer(this.#document, id, to), `${id}:order`);
	}

	/** Gives the edited text a look; its words, its place and its width stay. */
	async applyLook(look: TextChange) {
		const before = this.text;
		if (!before) return;
		const after = { ...before, ...lookChange(look) };
		const { fonts } = this;
		try {
			await Promise.all([before, after].map((layer) => fonts.ensure(layer.font, cased(layer))));
		} catch (error) {
			this.#notice = message(error);
			return;
		}
		// Another text may be edited by now, or this one otherwise.
		if (this.text !== before) return;
		this.change(before.id, { ...lookChange(look), size: asWide(before, after, fonts) });
	}

	/** Takes a font file of the person's own, gives it to the edited text, and keeps it in this browser. */
	async addFont(file: File) {
		try {
			const data = await readFontFile(file);
			const name = stemOf(file.name).slice(0, 60);
			const id = await ownFontId(data);
			const { family } = await this.fonts.add(id, name, data);
			this.#fonts = { library: this.fonts };
			const { text } = this;
			if (text) this.change(text.id, { font: id, ...onAxes(family, text) });
			await keepFont({ id, name, data });
		} catch (error) {
			this.#notice = message(error);
		}
	}

	pasteLook() {
		if (this.looks.copied) void this.applyLook(this.looks.copied);
	}

	/** Whether a subject that stands apart is in the picture. */
	isPartIn(part: Part): boolean {
		return !this.#leftOut.some((point) => holds(part, point));
	}

	/** Takes a subject that stands apart into the picture, or leaves it out. */
	pickPart(part: Part, isIn: boolean) {
		const { subject } = this;
		if (!subject) return;
		const others = subject.leftOut.filter((point) => !holds(part, point));
		this.change(subject.id, { leftOut: isIn ? others : [...others, part.point] });
	}

	/** The person paints on the subject from now on, or no longer. */
	refine(isOn: boolean) {
		if (isOn) this.#isCropping = false;
		this.painting.turn(isOn);
	}

	get #paintable(): Paintable | undefined {
		return this.#pictures && { ...this.#pictures, alpha: this.#alpha, leftOut: this.#leftOut };
	}

	/** Takes over what was painted: one step of undo. */
	#takeStroke(on: Paintable, { alpha, leftOut }: PaintedAlpha, cutout: ImageBitmap) {
		const { photo } = on;
		const [document, pictures] = [this.#document, this.#pictures];
		// Another photo may be open by now.
		if (!document || pictures?.photo !== photo) {
			cutout.close();
			return;
		}
		// What was painted on is in the picture again; the rest may have been picked otherwise meanwhile.
		const isOut = (point: DocumentPoint) => includes(leftOut, point) || !includes(on.leftOut, point);
		const stillOut = this.#leftOut.filter(isOut);
		const isSame = stillOut.length === this.#leftOut.length;
		const after = {
			document: isSame ? document : changeLayer(document, subjectLayer(document).id, { leftOut: stillOut }),
			alpha
		};
		const isPicked =
			stillOut.length !== leftOut.length || !stillOut.every((point) => includes(leftOut, point));
		this.#history.note({ document, alpha: this.#alpha }, after, undefined, performance.now());
		this.#showSteps();
		this.#document = after.document;
		pictures.cutout?.close();
		this.#alpha = alpha;
		this.#pictures = { photo, cutout };
		this.#autosave.takePictures(this.#project!);
		if (isPicked) this.painting.replace(() => this.#showAlpha(alpha, photo));
	}

	startMoving() {
		this.#isMoving = true;
	}

	stopMoving() {
		this.#isMoving = false;
	}

	undo() {
		this.painting.inTurn(() => this.#step((now) => this.#history.undo(now)));
	}

	redo() {
		this.painting.inTurn(() => this.#step((now) => this.#history.redo(now)));
	}

	/** Makes a text nearly as wide as the picture, in its middle. */
	fitText(id: string) {
		const document = this.#document;
		const layer = document && textLayers(document).find((text) => text.id === id);
		const change = layer && this.fonts.isReady(layer.font) && fitted(document, layer, this.fonts);
		if (change) this.change(id, change);
	}

	/** Hands the person a file that holds the document, the photo and the alpha. */
	async saveProject() {
		const project = this.#project;
		if (!project) return;
		const fonts = this.#fontsInUse.map(({ family: { id, name }, data }) => ({ id, name, data }));
		const pictures = this.#brought.files(picturesIn(project.document));
		await this.painting.done;
		try {
			download(await writeProject({ ...project, alpha: this.#alpha, fonts, pictures }), `${this.#stem}.tbi`);
		} catch (error) {
			this.#notice = m.project_not_saved({ why: message(error) });
		}
	}

	async openProject(file: Blob) {
		await this.#openNew(async (...job) => this.#restore(await readProject(file), newId(), ...job), OPENING);
	}

	/** What this browser kept: fonts, looks, and what this tab had open before it was loaded again. */
	async resume() {
		try {
			for (const { id, name, data } of await keptFonts()) await this.fonts.add(id, name, data);
		} catch {
			// Their texts are drawn in another font.
		}
		try {
			const id = openedBefore();
			// The person may have been quicker.
			if (id !== undefined && !this.#document && !this.isWorking) await this.openRecent(id);
			await this.looks.load();
		} catch {
			// A private window keeps nothing: there is nothing to resume.
		}
	}

	/** A project that this browser kept. */
	async openRecent(id: string) {
		await this.#openNew(async (...job) => {
			const project = await loadProject(id);
			if (!project) return;
			const isTaken = !(await this.#claim.take(id));
			await this.#restore(project, isTaken ? newId() : id, ...job);
			if (isTaken) this.#notice = m.open_elsewhere();
		}, OPENING);
	}

	/** Writes what is not written yet: the page may be about to go. */
	keep(): Promise<void> {
		return this.#autosave.flush(true);
	}

	/** Back to the start page; what was open is kept. Where it can't be, that is said, and a second try leaves it. */
	async leave() {
		const id = this.#id;
		this.#jobs.stop();
		this.exporter.cancel();
		this.refine(false);
		await this.painting.done;
		await this.keep();
		// Meanwhile another photo may have come.
		if (id !== this.#id) return;
		if (!this.#isSaved && this.#unkept !== this.#document) {
			this.#unkept = this.#document;
			this.#notice = m.leave_unkept();
			// What was ended for nothing can be tried again.
			if (!this.isWorking) this.cancel();
			return;
		}
		this.#closePictures();
		this.#brought.replace();
		this.#claim.give();
		this.#document = this.#id = this.#notice = undefined;
		this.#isCropping = this.#isWriting = false;
		this.#history.clear();
		this.#showSteps();
		forgetOpened();
	}

	close() {
		void this.keep();
		this.#jobs.stop();
		this.exporter.cancel();
		this.#closePictures();
	}

	get #stem() {
		return this.#file ? stemOf(this.#file.name) : 'picture';
	}

	/** Of the person's own fonts those that the document names. */
	get #fontsInUse() {
		const used = new Set(this.#document && textLayers(this.#document).map(({ font }) => font));
		return this.fonts.own.filter(({ family }) => used.has(family.id));
	}

	get #exportable(): Exportable | undefined {
		const [document, pictures] = [this.#document, this.#pictures];
		const used = document ? picturesIn(document) : undefined;
		const named = new Map([...this.brought].filter(([id]) => used?.has(id)));
		const own = { fontsUrl: FONTS_URL, ownFonts: this.#fontsInUse, pictures: named };
		return document && pictures && { document, ...pictures, ...own };
	}

	get #project(): Project | undefined {
		const [document, photo] = [this.#document, this.#shown];
		const name = this.#file?.name ?? 'picture';
		const [alpha, edges, isDraft] = [this.#alpha, this.#edges, this.#isDraft];
		const pictures = document && this.#brought.files(picturesIn(document));
		return document && photo && { document, photo, alpha, edges, isDraft, name, pictures };
	}

	/** A photo is shown whose subject is not known. */
	get #isUncut() {
		return this.#pictures !== undefined && this.#pictures.cutout === undefined;
	}

	/** Brings another photo; where that fails, the one that is open stays, as it was. */
	async #openNew(work: Work, progress?: JobProgress) {
		const before = this.#pictures;
		this.#notice = undefined;
		await this.#jobs.run(work, progress, (error) => {
			if (!before || this.#pictures !== before) return message(error);
			this.#notice = message(error);
			return before.cutout ? undefined : m.not_cut_yet();
		});
	}

	async #take(file: File, ...[signal, report]: Parameters<Work>) {
		const { photo, shown } = await readPhoto(file, report, signal);
		// What is left to write belongs to the photo that is shown until now.
		void this.keep();
		this.#closePictures();
		this.#file = file;
		this.#shown = shown;
		this.#alpha = this.#edges = undefined;
		this.#isDraft = false;
		this.#pictures = { photo, cutout: undefined };
		this.#parts = [];
		const size = { width: photo.width, height: photo.height };
		const isOver = this.#document !== undefined;
		this.#begin(this.#document ? overPhoto(this.#document, size) : newDocument(size), newId());
		if (isOver) this.#notice = m.other_kept();
		else {
			this.#untouched = this.#document;
			this.#askForWords();
		}
		await this.#cutOut(file, photo, signal, report);
	}

	/** Shows a kept project; only a subject that was never found takes the server. */
	async #restore(project: Project, id: string, ...[signal, report]: Parameters<Work>) {
		const { photo, cutout, brought } = await readKept(project, this.fonts, signal);
		void this.keep();
		this.#closePictures();
		this.#brought.replace(brought);
		this.#file = new File([project.photo], project.name, { type: project.photo.type });
		this.#shown = project.photo;
		this.#alpha = project.alpha;
		this.#edges = project.edges;
		this.#isDraft = project.isDraft === true;
		this.#pictures = { photo, cutout: cutout?.bitmap };
		this.#parts = cutout?.parts ?? [];
		this.#begin(project.document, id);
		if (!this.#alpha || this.#isDraft) await this.#cutOut(this.#file, photo, signal, report);
	}

	async #cutOut(file: File, photo: ImageBitmap, ...[signal, onProgress]: Parameters<Work>) {
		const before = this.#alpha;
		// A draft in the place of strokes would be a loss.
		const wantsDraft = this.#server?.draft === true && before === undefined;
		const onDraft = (draft: Subject) =>
			// Later than the full one, or after a stroke, it comes too late.
			void this.#showSubject(draft, photo, () => signal.aborted || this.#alpha !== before, true).catch(
				() => undefined
			);
		const subject = await extractAlpha(file, { onProgress, ...(wantsDraft && { onDraft }) }, signal);
		const { isEmpty } = await this.#showSubject(subject, photo, () => signal.aborted, false);
		if (isEmpty && !signal.aborted) this.#notice = m.no_subject();
	}

	/** Takes over what was found, unless it is too late by then. */
	async #showSubject({ alpha, edges }: Subject, photo: ImageBitmap, isLate: () => boolean, isDraft: boolean) {
		const cutout = await makeCutout(photo, alpha, edges, this.#leftOut);
		if (isLate()) {
			cutout.bitmap.close();
			return cutout;
		}
		this.#pictures?.cutout?.close();
		this.painting.stop();
		// Undo must not lead back to a picture without its subject.
		const before = this.#alpha;
		this.#history.map((state) => (state.alpha === before ? { ...state, alpha } : state));
		this.#alpha = alpha;
		this.#edges = edges;
		this.#isDraft = isDraft;
		this.#pictures = { photo, cutout: cutout.bitmap };
		this.#parts = cutout.parts;
		if (!cutout.isEmpty) void this.#showFirstText(alphaGrid(cutout.bitmap));
		this.#autosave.takePictures(this.#project!);
		return cutout;
	}

	/** A text that nobody has touched yet moves to where the subject does not hide it. */
	async #showFirstText(grid: AlphaGrid) {
		const document = this.#document;
		const text = document && textLayers(document)[0];
		if (!text || document !== this.#untouched) return;
		// Only its font says how large it is; that one does not come is said where it was asked for first.
		await this.fonts.ensure(text.font, cased(text)).catch(() => undefined);
		if (document !== this.#document || !this.fonts.isReady(text.font)) return;
		this.#untouched = undefined;
		const { width, height } = document.size;
		const seen = new Outlined(text, this.fonts, 1).bounds();
		const box = {
			x: Math.max(0, seen.x / width),
			y: seen.y / height,
			width: Math.min(1, seen.width / width),
			height: seen.height / height
		};
		const way = wayIntoSight(grid, box);
		if (way !== 0) this.#setDocument(changeLayer(document, text.id, { y: text.y + way * height }));
	}

	/** What is open, small. */
	async #thumbnail(): Promise<Blob | undefined> {
		const [document, pictures] = [this.#document, this.#pictures];
		if (!document || !pictures) return undefined;
		const { width, height } = shownBox(document);
		const scale = THUMBNAIL / Math.max(width, height);
		const size = outputSize(document, scale);
		const canvas = new OffscreenCanvas(size.width, size.height);
		const assets = { ...pictures, fonts: this.fonts, pictures: this.brought };
		renderDocument(canvas.getContext('2d')!, document, assets, { scale });
		return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 });
	}

	/** Adds layers above one another and chooses them; whether there was room. */
	#insert(layers: readonly PlacedLayer[], above: string | undefined): boolean {
		let document = this.#document;
		if (!document || layers.length === 0) return false;
		if (document.layers.length + layers.length > MOST_LAYERS) {
			this.#notice = m.too_many_layers({ count: MOST_LAYERS });
			return false;
		}
		for (const layer of layers) {
			document = insertLayer(document, layer, above);
			above = layer.id;
		}
		this.#chosen = layers.map(({ id }) => id);
		this.#edit(document);
		return true;
	}

	#insertCopies(layers: readonly PlacedLayer[], above: string | undefined) {
		if (this.#document) this.#insert(copiesOf(this.#document, layers), above);
	}

	/** Another picture: there is nothing to undo yet. */
	#begin(document: Document, id: string) {
		this.#history.clear();
		const first = textLayers(document).at(-1) ?? placedLayers(document).at(-1);
		this.#chosen = first ? [first.id] : [];
		this.#keptPictures = new Set();
		this.#isCropping = this.#isWriting = false;
		this.painting.set({ size: Math.round(Math.max(document.size.width, document.size.height) * 0.05) });
		this.#showSteps();
		// First: what is noted from here on belongs to the new project.
		this.#id = id;
		void this.#claim.take(id);
		this.#autosave.begin(id);
		rememberOpened(id);
		this.#setDocument(document);
		this.#autosave.takePictures(this.#project!);
	}

	get #leftOut() {
		return this.subject?.leftOut ?? [];
	}

	#edit(document: Document, key?: string) {
		if (!this.#document || document === this.#document) return;
		const [alpha, leftOut] = [this.#alpha, this.#leftOut];
		this.#history.note({ document: this.#document, alpha }, { document, alpha }, key, performance.now());
		this.#showSteps();
		this.#setDocument(document);
		this.#pickAgain(leftOut);
	}

	/** Other subjects are left out than before: the cutout is made again. */
	#pickAgain(before: SubjectLayer['leftOut']) {
		const [alpha, photo] = [this.#alpha, this.#pictures?.photo];
		if (this.#leftOut !== before) this.painting.replace(() => this.#showAlpha(alpha, photo));
	}

	#step(take: (now: Snapshot) => Snapshot | undefined) {
		const step = this.#document && take({ document: this.#document, alpha: this.#alpha });
		if (step) {
			const leftOut = this.#leftOut;
			this.#setDocument(step.document);
			if (step.alpha !== this.#alpha) {
				this.#alpha = step.alpha;
				const photo = this.#pictures?.photo;
				this.painting.replace(() => this.#showAlpha(step.alpha, photo));
			} else this.#pickAgain(leftOut);
		}
		this.#showSteps();
	}

	/** Makes the cutout of an alpha that undo went back to. */
	async #showAlpha(alpha: Blob | undefined, photo: ImageBitmap | undefined) {
		if (!photo || this.#pictures?.photo !== photo) return;
		const cutout = alpha && (await makeCutout(photo, alpha, this.#edges, this.#leftOut));
		// Meanwhile it may have been left.
		if (this.pictures?.photo !== photo || this.#alpha !== alpha) {
			cutout?.bitmap.close();
			return;
		}
		this.#pictures.cutout?.close();
		this.#pictures = { photo, cutout: cutout?.bitmap };
		this.#parts = cutout?.parts ?? [];
		this.painting.restart();
		this.#autosave.takePictures(this.#project!);
	}

	#showSteps() {
		const { canUndo, canRedo } = this.#history;
		if (canUndo !== this.#steps.canUndo || canRedo !== this.#steps.canRedo)
			this.#steps = { canUndo, canRedo };
	}

	#setDocument(document: Document) {
		this.#document = document;
		const project = this.#project;
		if (project) {
			const used = picturesIn(document);
			const isOther = [...used].some((id) => !this.#keptPictures.has(id));
			this.#keptPictures = isOther ? used : this.#keptPictures;
			if (isOther) this.#autosave.takePictures(project);
			else this.#autosave.takeDocument(project);
		}
		const { library } = this.#fonts;
		this.#fontsComing++;
		void ensureFonts(library, document)
			.then(
				() => {
					this.#fonts = { library };
					if (this.#document === document) this.#findMissing();
				},
				(error: unknown) => (this.#notice = message(error))
			)
			.finally(() => this.#fontsComing--);
	}

	#findMissing() {
		const { text, fonts } = this;
		if (text && fonts.isReady(text.font)) this.#missing = missingCharacters(cased(text), text.font, fonts);
	}

	#closePictures() {
		this.painting.stop();
		this.#pictures?.photo.close();
		this.#pictures?.cutout?.close();
		this.#pictures = undefined;
	}
}

/** What a step costs to keep: the layers, in characters, and the alpha, in bytes, unless the next shares them. */
function changedBytes(before: Snapshot, after: Snapshot): number {
	const kept = new Set(after.document.layers);
	const layers = before.document.layers.filter((layer) => !kept.has(layer));
	const alpha = before.alpha === after.alpha ? 0 : (before.alpha?.size ?? 0);
	return 100 + alpha + layers.reduce((sum, layer) => sum + JSON.stringify(layer).length, 0);
}

function includes(points: readonly DocumentPoint[], { x, y }: DocumentPoint): boolean {
	return points.some((point) => point.x === x && point.y === y);
}

function holds({ box }: Part, { x, y }: DocumentPoint): boolean {
	return x >= box.x && y >= box.y && x <= box.x + box.width && y <= box.y + box.height;
}
