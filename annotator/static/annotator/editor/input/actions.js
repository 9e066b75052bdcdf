/** @import {Comparison} from "../comparison.js" */
/** @import {Mode} from "../modes/mode.js" */
/** @import {Pointers} from "./pointers.js" */
/** @import {PredictionHelp} from "../prediction_help.js" */
/** @import {Preferences} from "./preferences.js" */
/** @import {SegmentEdits} from "../segment_edits.js" */
/** @import {Finishing} from "../finishing.js" */
/** @import {Session} from "../session.js" */
/** @import {Store} from "../store.js" */
/** @import {Intent} from "../types.js" */
import { compareActions } from "./compare_actions.js";
import { imageActions } from "./image_actions.js";
import { labelActions } from "./label_actions.js";
import { lookActions } from "./look_actions.js";
import { segmentActions } from "./segment_actions.js";
import { toolActions } from "./tool_actions.js";
import { viewActions } from "./view_actions.js";

/**
 * @typedef {object} Action
 * @property {string} name
 * @property {string} label
 * @property {string[]} keys combinations as `comboNames` writes them; the first is shown
 * @property {string[]} [defaultKeys] what `keys` were before the user bound others
 * @property {"Tools" | "Labels" | "Segments" | "Look" | "View" | "Image" | "Keyboard"} group
 * @property {() => void} run
 * @property {() => boolean} [isEnabled]
 * @property {() => string} [whyNot] why it cannot be done now, for people; asked where it is not enabled
 *
 * @typedef {object} ActionPorts
 * @property {Store} store
 * @property {Session} session
 * @property {Finishing} finishing
 * @property {Comparison} comparison
 * @property {Mode} mode
 * @property {Pointers} pointers
 * @property {(intent: Intent) => void} act
 * @property {Pick<Preferences, "keysOf">} preferences
 * @property {SegmentEdits} segmentEdits
 * @property {PredictionHelp} predictionHelp
 */

/**
 * Everything that can be done by key, in the order of the key map. What the user bound stands in `keys`, live.
 * @param {ActionPorts} ports
 * @returns {Action[]}
 */
export function createActions(ports) {
  const groups = [toolActions, labelActions, segmentActions, lookActions, compareActions, viewActions, imageActions];
  const actions = groups.flatMap((group) => group(ports));
  const names = new Set(actions.map(({ name }) => name));
  return actions.map((action) => ({
    ...action,
    defaultKeys: action.keys,
    get keys() {
      return ports.preferences.keysOf(action.name, action.keys, names);
    },
  }));
}
