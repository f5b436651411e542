"""tbi_core behind Gradio's queue, and the editor in front of it."""
