// The one prompt of the emoji tasks, which pre-training used as well.

/** A class name as the text tower reads it. */
export const emojiPrompt = (name: string): string => `an emoji of ${name}`;
