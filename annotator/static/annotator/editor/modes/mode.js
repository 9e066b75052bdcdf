/** @import {EditorConfig} from "../types.js" */
/** @import {TOOL_GROUPS} from "../tools/registry.js" */

/**
 * What the two ways of using the editor differ in.
 *
 * @typedef {object} Mode
 * @property {"annotate" | "review"} name
 * @property {"annotate" | "review"} purpose which queue the next image comes from
 * @property {string[]} queueStates states that its images come from, first first
 * @property {(keyof typeof TOOL_GROUPS)[]} toolGroups in the order of the tool bar
 * @property {PanelName[]} panels in the order that the mode needs them
 * @property {FinishButton[]} finish buttons at the right of the top bar, the main one last
 * @property {{title: string, text: string}} whenEmpty
 * @property {(urls: EditorConfig["urls"], imageId: number) => string} urlOf
 *
 * @typedef {"classes" | "segments" | "look" | "prediction" | "difference" | "comments"} PanelName
 *
 * @typedef {object} FinishButton
 * @property {string} action name of the action that it runs
 * @property {string} icon
 * @property {string} label
 * @property {string} [labelWithStrokes] instead, once something was drawn
 * @property {boolean} [isPrimary]
 */

export {};
