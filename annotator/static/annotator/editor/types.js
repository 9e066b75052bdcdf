/**
 * The editor's vocabulary as types. No code runs here; modules take what they need with `@import`.
 *
 * @typedef {object} LabelClass
 * @property {number} id
 * @property {string} name
 * @property {string} color CSS hex colour, `#rrggbb`
 * @property {"stuff" | "thing"} kind
 * @property {boolean} ignore
 * @property {string | null} [shortcut]
 *
 * @typedef {object} Segment
 * @property {number} id 1..65535, the value of its pixels in the label map
 * @property {number} class id of a label class of the project
 * @property {"human" | "model"} source
 * @property {number | null} [score] confidence of the model, 0..1
 * @property {string | number | null} [model]
 * @property {boolean} [crowd]
 *
 * @typedef {object} ImageRecord
 * @property {number} id
 * @property {string} name
 * @property {number} project
 * @property {number} width
 * @property {number} height
 * @property {"new" | "prelabelled" | "in_progress" | "submitted" | "returned" | "accepted"} state
 * @property {string} [split]
 * @property {number | null} [priority]
 * @property {number} revision
 * @property {string | null} [annotator]
 * @property {string | null} [claimed_by]
 * @property {string | null} [claimed_until]
 * @property {boolean} editable
 * @property {string} [read_only_reason]
 * @property {{model: string | number, version?: number, mean_entropy: number | null, mean_score: number | null} | null} prediction
 * @property {number} [open_comments]
 *
 * @typedef {object} Comment
 * @property {number} id
 * @property {number} x image pixels
 * @property {number} y image pixels
 * @property {string} text
 * @property {string} author
 * @property {string} created ISO time
 * @property {boolean} resolved
 *
 * @typedef {object} EditorConfig
 * @property {"annotate" | "review"} mode
 * @property {{id: number, name: string, task: string}} project
 * @property {{name: string, role: string, can_review: boolean, can_label: boolean}} user
 * @property {LabelClass[]} classes
 * @property {ImageRecord | null} image
 * @property {string} csrf_token
 * @property {{api: string, overview: string, images: string, editor_of_image: string, review_of_image: string}} urls
 * @property {number} [autosave_seconds]
 * @property {{done: number, total: number}} progress
 *
 * @typedef {object} Patch The changed rectangle of one tile, in tile coordinates, end exclusive.
 * @property {number} index
 * @property {number} x0
 * @property {number} y0
 * @property {number} x1
 * @property {number} y1
 * @property {Uint16Array} before
 * @property {Uint16Array} after
 *
 * @typedef {object} DecodedLabels
 * @property {number} width
 * @property {number} height
 * @property {(Uint16Array | null)[]} tiles row-major, null where all pixels are unlabelled
 * @property {Segment[]} segments
 *
 * @typedef {object} ToolPoint
 * @property {number} x continuous image coordinates; pixel (i, j) covers [i, i + 1) × [j, j + 1)
 * @property {number} y
 * @property {number} screenX device pixels of the canvas
 * @property {number} screenY
 * @property {boolean} shift
 *
 * @typedef {object} ToolContext
 * @property {number} brushPx brush diameter in image pixels
 * @property {number} scale device pixels per image pixel
 *
 * @typedef {(
 *   | {kind: "begin", label: string, target: "active" | "erase"}
 *   | {kind: "stroke", from: [number, number], to: [number, number], diameter: number}
 *   | {kind: "polygon", points: [number, number][]}
 *   | {kind: "commit"}
 *   | {kind: "rollback"}
 *   | {kind: "fill", x: number, y: number}
 *   | {kind: "pick", x: number, y: number}
 *   | {kind: "pan", dx: number, dy: number}
 *   | {kind: "sketch", points: [number, number][]}
 *   | {kind: "comment", x: number, y: number}
 * )} Intent What a tool asks for; only the session acts on it.
 *
 * @typedef {object} Gesture One tool in use. Every method may return intents.
 * @property {(point: ToolPoint, context: ToolContext) => Intent[]} begin
 * @property {(point: ToolPoint, context: ToolContext) => Intent[]} move
 * @property {(point: ToolPoint, context: ToolContext) => Intent[]} end
 * @property {() => Intent[]} cancel
 * @property {(point: ToolPoint, context: ToolContext) => Intent[]} [hover] pointer moves with no button down
 * @property {(key: string) => Intent[] | null} [key] null when the key means nothing to the tool
 *
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} label
 * @property {string} icon lucide name
 * @property {string} hint
 * @property {"brush" | "crosshair" | "grab"} cursor
 * @property {boolean} writes whether it changes labels, and so is off when the image is read-only
 * @property {() => Gesture} create
 *
 * @typedef {object} SaveState
 * @property {"saved" | "unsaved" | "saving" | "offline" | "conflict" | "refused"} kind
 * @property {number} strokes strokes that the server does not have yet
 * @property {string} [detail]
 *
 * @typedef {object} ViewState
 * @property {number} scale device pixels per image pixel
 * @property {number} x device pixels from the canvas's left edge to the image's
 * @property {number} y
 * @property {number} width canvas size in device pixels
 * @property {number} height
 * @property {number} ratio device pixels per CSS pixel
 */

export {};
