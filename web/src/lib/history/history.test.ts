import { describe, expect, it } from 'vitest';
import { History } from './history.ts';

const history = (budget = 1e6) => new History<string>((before) => before.length, budget);

describe('history', () => {
	it('goes back and forth', () => {
		const steps = history();
		steps.note('a', 'b', undefined, 0);
		steps.note('b', 'c', undefined, 1);
		expect(steps.undo('c')).toBe('b');
		expect(steps.undo('b')).toBe('a');
		expect(steps.undo('a')).toBeUndefined();
		expect(steps.redo('a')).toBe('b');
		expect(steps.redo('b')).toBe('c');
		expect(steps.canRedo).toBe(false);
	});

	it('makes one step of a drag, and two of two drags', () => {
		const steps = history();
		steps.note('a', 'b', 'move', 0);
		steps.note('b', 'c', 'move', 700);
		steps.note('c', 'd', 'move', 1400);
		steps.note('d', 'e', 'move', 2300);
		expect(steps.undo('e')).toBe('d');
		expect(steps.undo('d')).toBe('a');
	});

	it('does not join what differs, or what follows an undo', () => {
		const steps = history();
		steps.note('a', 'b', 'size', 0);
		steps.note('b', 'c', 'colour', 1);
		steps.undo('c');
		steps.note('b', 'd', 'size', 2);
		expect(steps.undo('d')).toBe('b');
	});

	it('forgets the future once something new is done', () => {
		const steps = history();
		steps.note('a', 'b', undefined, 0);
		steps.undo('b');
		steps.note('a', 'c', undefined, 1);
		expect(steps.canRedo).toBe(false);
	});

	it('keeps as much as its memory allows, not a count', () => {
		const steps = history(100);
		for (let i = 0; i < 50; i++) steps.note('x'.repeat(10), 'y', undefined, i);
		let undone = 0;
		while (steps.undo('now') !== undefined) undone++;
		expect(undone).toBe(10);
	});

	it('does not count what it has forgotten', () => {
		const steps = history(100);
		steps.note('x'.repeat(10), 'y', undefined, 0);
		for (let i = 1; i < 50; i++) {
			steps.note('x'.repeat(40), 'y', undefined, i);
			steps.undo('y');
		}
		steps.note('x'.repeat(40), 'y', undefined, 100);
		expect(steps.undo('y')).toHaveLength(40);
		expect(steps.undo('x')).toHaveLength(10);
	});

	it('rewrites what it keeps', () => {
		const steps = history();
		steps.note('a', 'b', undefined, 0);
		steps.map((state) => state.toUpperCase());
		expect(steps.undo('b')).toBe('A');
	});
});
