// What a person can start with.

/** A photo, a project file, a sample by its file name, or a kept project by its id. */
export type Given =
	| { readonly photo: File }
	| { readonly project: File }
	| { readonly sample: string }
	| { readonly recent: string };
