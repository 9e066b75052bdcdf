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
 * @property {boolean} [edited] whether pixels of the model's segment were changed since
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
 * @property {{tile_px: number, levels: number} | null} [pyramid] tiles of a large image
 * @property {number | null} [pyramid_job] that makes them
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
 * @property {{id: number, name: string, role: string, can_review: boolean, can_label: boolean}} user
 * @property {LabelClass[]} classes
 * @property {ImageRecord | null} image
 * @property {string} csrf_token
 * @property {{api: string, overview: string, images: string, settings: string, editor_of_image: string, review_of_image: string}} urls
 * @property {{done: number, total: number}} progress
 *
 * @typedef {object} TileDelta Runs of a tile's pixels that went from one id to one other, in row-major order.
 * @property {number} index of the tile
 * @property {Uint16Array} starts first pixel of each run, 256 × row + column in the tile
 * @property {Uint16Array} lengths pixels of each run, less one
 * @property {Uint16Array} before
 * @property {Uint16Array} after
 *
 * @typedef {object} PackedTile A tile as runs of equal ids.
 * @property {Uint32Array} ends one after the last pixel of each run
 * @property {Uint16Array} values
 *
 * @typedef {object} PackedSave
 * @property {Uint8Array<ArrayBuffer>} tiles records as `wire.js` writes them
 * @property {string} segments JSON
 * @property {string} checksum CRC-32 of tiles and segments
 *
 * @typedef {object} DecodedLabels
 * @property {number} width
 * @property {number} height
 * @property {(Uint16Array | PackedTile | null)[]} tiles row-major, null where all pixels are unlabelled
 * @property {Segment[]} segments
 * @property {Uint32Array} [counts] pixels per id, where they were counted
 *
 * @typedef {object} ToolPoint
 * @property {number} x continuous image coordinates; pixel (i, j) covers [i, i + 1) × [j, j + 1)
 * @property {number} y
 * @property {number} screenX device pixels of the canvas
 * @property {number} screenY
 * @property {boolean} shift
 * @property {boolean} ctrl Ctrl or Command
 * @property {boolean} isSecondary pressed with the right button; only tools that take it get such points
 * @property {number} pressure of a pen, 0..1; 1 for what has none
 *
 * @typedef {object} ToolContext
 * @property {number} brushPx brush diameter in image pixels
 * @property {number} scale device pixels per image pixel
 * @property {number} ratio device pixels per CSS pixel
 * @property {"round" | "square"} brushShape
 * @property {boolean} isPressureOn whether the pressure of a pen sets the size
 *
 * @typedef {object} ClickPoint A hint to a model: this pixel is part of the object, or is not.
 * @property {number} x integer pixel
 * @property {number} y
 * @property {boolean} positive
 *
 * @typedef {ClickPoint} WandSeed A pixel whose colour belongs to the object, or does not.
 *
 * @typedef {ClickPoint & {path: [number, number][], px: number}} StrokeMark A hint that covers pixels: a stroke of a
 *   round brush, px image pixels wide, along a path in continuous image coordinates; x and y are its first pixel.
 *
 * @typedef {(
 *   | {by: "wand", seeds: WandSeed[]}
 *   | {by: "superpixel", path: [number, number][], isInverted: boolean}
 *   | {by: "livewire", anchors: [number, number][], pointer: [number, number] | null, isInverted: boolean}
 *   | {by: "grabcut", box: import("./shapes.js").Box, marks: StrokeMark[]}
 *   | {by: "click", points: ClickPoint[], box: import("./shapes.js").Box | null}
 * )} Request What is asked of a proposer; points are integer pixels. isInverted: it will be accepted the other way
 *   round, taken away where outlines add.
 *
 * @typedef {(
 *   | {kind: "begin", label: string, target: "active" | "erase" | "outline", isInverted?: boolean}
 *   | {kind: "write", runs: ArrayLike<number>}
 *   | {kind: "commit"}
 *   | {kind: "rollback"}
 *   | {kind: "fill", x: number, y: number, isInverted: boolean}
 *   | {kind: "cut", points: [number, number][]}
 *   | {kind: "pick", x: number, y: number, isAdded?: boolean}
 *   | {kind: "pan", dx: number, dy: number}
 *   | {kind: "centre", x: number, y: number}
 *   | {kind: "sketch", points: [number, number][], isOpen?: boolean, isInverted?: boolean}
 *   | {kind: "handles", points: [number, number][], at: number | null, isEnd: boolean}
 *   | {kind: "preview", runs: ArrayLike<number> | null}
 *   | {kind: "suggest", request: Request}
 *   | {kind: "tolerance", value: number}
 *   | {kind: "accept", label: string, isInverted?: boolean}
 *   | {kind: "dismiss"}
 *   | {kind: "comment", x: number, y: number}
 * )} Intent What a tool asks for. "outline" paints or takes away, as the option for outlines says, and the other way round
 *   where it is inverted; `handles` are corners that can be dragged, the one at `at` under the pointer, `isEnd` where a
 *   click there ends the outline; the value of `tolerance` is a change of its square root; `centre` brings a
 *   point of the image to the middle of the view; `accept` and `dismiss` end the proposal that `suggest` or `preview`
 *   began.
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
 * @property {string} key that chooses it, as `comboNames` writes it
 * @property {string} hint
 * @property {"brush" | "crosshair" | "grab"} cursor
 * @property {boolean} writes whether it changes labels, and so is off when the image is read-only
 * @property {boolean} [takesSecondary] whether the right button is its own too: it does the opposite
 * @property {boolean} [beginsObject] whether each use begins a new object of a thing class
 * @property {boolean} [canSubtract] whether it obeys the option for outlines: adds or subtracts
 * @property {Request["by"]} [proposer] what it will ask, to be made ready when the tool is chosen
 * @property {() => Gesture} create
 *
 * @typedef {object} SaveState
 * @property {"saved" | "unsaved" | "saving" | "offline" | "conflict" | "refused"} kind
 * @property {number} strokes strokes that the server does not have yet
 * @property {string} [detail]
 * @property {Refusal} [refusal] of the last save, until one is taken
 *
 * @typedef {object} Refusal
 * @property {string} reason a sentence
 * @property {number | null} retryAt when it is tried again, as `performance.now` counts; null when not by itself
 * @property {boolean} isKept whether this browser's storage has the strokes
 *
 * @typedef {object} ConflictRegion A part of the image that two people painted; image pixels, end exclusive.
 * @property {number} x0
 * @property {number} y0
 * @property {number} x1
 * @property {number} y1
 * @property {number} pixels contested ones in it
 *
 * @typedef {object} Conflict Somebody else saved over the same pixels: the user chooses.
 * @property {ConflictRegion[]} regions
 * @property {string | null} theirAuthor
 * @property {string | null} theirTime ISO time of their save
 * @property {number} theirRevision
 * @property {(region: ConflictRegion) => {mine: ClassShare[], theirs: ClassShare[]}} classesIn
 * @property {() => import("./diff.js").Labelled} theirLabels how it would be with theirs, in the regions that are left
 * @property {(choice: "mine" | "theirs", region?: ConflictRegion) => void} resolve without a region: all that are left
 *
 * @typedef {{class: number | null, pixels: number}} ClassShare pixels of one class, null where unlabelled
 *
 * @typedef {object} Recovery Strokes that a closed or crashed page left behind in this browser.
 * @property {number} strokes
 * @property {string | null} savedAt ISO time
 * @property {() => void | Promise<void>} restore
 * @property {() => void | Promise<void>} discard
 *
 * @typedef {object} ViewState
 * @property {number} scale device pixels per image pixel
 * @property {number} x device pixels from the canvas's left edge to the image's
 * @property {number} y
 * @property {number} width canvas size in device pixels
 * @property {number} height
 * @property {number} ratio device pixels per CSS pixel
 * @property {boolean} isFitted whether the whole image is shown, and shall be when the window changes
 */

export {};
