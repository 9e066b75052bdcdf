import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, inflateSync } from "node:zlib";
import { ApiError, OfflineError, ServerFault } from "../../annotator/static/annotator/editor/api.js";
import { composeDeltas } from "../../annotator/static/annotator/editor/delta.js";
import { conflictOf } from "../../annotator/static/annotator/editor/conflict.js";
import { Sync } from "../../annotator/static/annotator/editor/sync.js";
import { toPixels } from "../../annotator/static/annotator/editor/tiff.js";
import { unpackTiles } from "../../annotator/static/annotator/editor/wire.js";
import { CLASSES, openDocument, segment } from "./paint.mjs";
import { seeded } from "./random.mjs";

const [WIDTH, HEIGHT] = [300, 100];

/** Plays the server: one image, revisions, 409 for stale saves, one save per idempotency key. */
class Server {
  constructor({ prediction = null } = {}) {
    this.revision = 0;
    this.tiles = [null, null];
    this.segments = [];
    this.prediction = prediction;
    this.keys = new Map();
    this.saves = 0;
    this.trouble = [];
  }

  decoded() {
    return {
      width: WIDTH,
      height: HEIGHT,
      tiles: this.tiles.map((tile) => tile?.slice() ?? null),
      segments: structuredClone(this.segments),
    };
  }

  api = {
    image: async () => ({ revision: this.revision }),
    labels: async () => ({ revision: this.revision, tiff: this.decoded() }),
    acceptPrediction: async () => {
      this.tiles = this.prediction.tiles.map((tile) => tile?.slice() ?? null);
      this.segments = structuredClone(this.prediction.segments);
      this.revision++;
      return { revision: this.revision };
    },
    saveTiles: async (_, { tiles, segments, checksum, revision, key }) => {
      assert.equal(checksum, crc32(Buffer.concat([tiles, Buffer.from(segments)])).toString(16).padStart(8, "0"));
      const trouble = this.trouble.shift();
      if (trouble === "unreachable") throw new OfflineError("no network");
      if (trouble === "refused") throw new ApiError(422, { detail: "Not these." });
      if (trouble === "locked") throw new ApiError(423, { detail: "bob is working on this image." });
      if (trouble === "too large") throw new ApiError(413, {});
      if (trouble === "failed") throw new ServerFault(500, { detail: "Look into the log." });
      const sent = new Map();
      for (const [index, bytes] of unpackTiles(tiles)) sent.set(index, toPixels(new Uint8Array(inflateSync(bytes)), true));
      // From here on in one turn, as the real one holds a lock.
      if (!this.keys.has(key)) {
        if (revision !== this.revision)
          throw new ApiError(409, { detail: "stale", revision: this.revision, changed_tiles: [0, 1] });
        this.saves++;
        for (const [index, tile] of sent) this.tiles[index] = tile;
        this.segments = JSON.parse(segments);
        this.keys.set(key, ++this.revision);
      }
      if (trouble === "answer lost") throw new OfflineError("no network");
      return this.keys.get(key);
    },
  };

  classAt(x, y) {
    const id = this.tiles[x >> 8]?.[(y << 8) | (x & 255)] ?? 0;
    return this.segments.find((entry) => entry.id === id)?.class ?? (id ? "unknown" : 0);
  }
}

/** One browser tab with the image open. */
class Tab {
  constructor(server, { from = server.decoded(), isPrediction = false } = {}) {
    this.states = [];
    this.log = new Map();
    this.document = openDocument(from, (deltas) => this.sync.record(deltas));
    this.sync = new Sync(
      {
        api: server.api,
        classes: CLASSES,
        decode: async (decoded) => decoded,
        draft: {
          write: async ({ over, stroke, deltas, head }) => {
            for (const number of [...this.log.keys()]) if (number <= over) this.log.delete(number);
            if (stroke !== undefined) this.log.set(stroke, structuredClone(deltas));
            if (head !== undefined) this.draftHead = structuredClone(head);
          },
          close: () => {},
        },
        onState: (state) => this.states.push(state),
        onAccepted: () => {},
        onSaved: () => {},
        onMerged: (contested) => (this.contested = contested),
        onDraftFailed: assert.fail,
      },
      { imageId: 1, revision: isPrediction ? 0 : server.revision, isPrediction, document: this.document },
    );
  }

  /** What a tab that opens the image after this one finds in the browser's storage. */
  get draft() {
    return {
      head: this.draftHead,
      deltas: [...this.log.values()].flat(),
      strokes: this.log.size,
      savedAt: 0,
      forget: async () => this.log.clear(),
    };
  }

  /** A stroke along one row, into the segment that the editor would take. */
  stroke(classId, y, x0, x1, object = null) {
    const target = this.document.segments.target(
      CLASSES.find(({ id }) => id === classId),
      object,
    );
    this.document.begin("stroke", target.id);
    this.document.write([y, x0, x1]);
    this.document.commit();
    return target.id;
  }

  close() {
    this.sync.close();
  }
}

test("a stroke reaches the server with its segment", async () => {
  const server = new Server();
  const tab = new Tab(server);
  tab.stroke(1, 4, 250, 260);
  assert.equal(await tab.sync.flush(), true);
  assert.deepEqual([server.classAt(250, 4), server.classAt(259, 4), server.classAt(260, 4)], [1, 1, 0]);
  assert.deepEqual(server.segments, [segment(1, 1)]);
  assert.deepEqual(
    tab.states.map(({ kind }) => kind),
    ["unsaved", "saving", "saved"],
  );
  assert.equal(tab.log.size, 0, "what the server has needs no draft");
  tab.close();
});

test("a save whose answer was lost is sent again with the same key and counts once", async () => {
  const server = new Server();
  const tab = new Tab(server);
  server.trouble = ["answer lost"];
  tab.stroke(1, 4, 0, 10);
  assert.equal(await tab.sync.flush(), false);
  assert.deepEqual({ ...tab.states.at(-1), detail: "" }, { kind: "offline", strokes: 1, detail: "" });
  tab.stroke(1, 5, 0, 10);
  assert.equal(tab.states.at(-1).strokes, 2);
  assert.equal(await tab.sync.flush(), true);
  assert.equal(server.saves, 2);
  assert.equal(server.revision, 2);
  assert.deepEqual([server.classAt(3, 4), server.classAt(3, 5)], [1, 1]);
  tab.close();
});

test("strokes made offline are all saved once the server is back", async () => {
  const server = new Server();
  const tab = new Tab(server);
  server.trouble = ["unreachable", "unreachable"];
  for (const y of [1, 2, 3]) {
    tab.stroke(1, y, 0, 10);
    await tab.sync.flush();
  }
  assert.deepEqual(
    [1, 2, 3].map((y) => server.classAt(5, y)),
    [1, 1, 1],
  );
  tab.close();
});

test("two tabs that drew in one tile both keep their strokes", async () => {
  const server = new Server();
  const [a, b] = [new Tab(server), new Tab(server)];
  a.stroke(2, 10, 0, 20);
  b.stroke(2, 30, 0, 20);
  await a.sync.flush();
  await b.sync.flush();
  assert.deepEqual([server.classAt(5, 10), server.classAt(5, 30)], [2, 2]);
  assert.equal(server.segments.length, 2, "two cars, not one");
  assert.equal(b.document.map.get(5, 10), server.tiles[0][(10 << 8) | 5], "the other's car is shown");
  assert.equal(b.contested.pixels.size, 0, "nothing to choose");
  [a, b].forEach((tab) => tab.close());
});

test("undo after a merge takes back my stroke and not theirs", async () => {
  const server = new Server();
  const [a, b] = [new Tab(server), new Tab(server)];
  a.stroke(2, 10, 0, 20);
  b.stroke(2, 30, 0, 20);
  await a.sync.flush();
  await b.sync.flush();
  b.document.undo();
  await b.sync.flush();
  assert.deepEqual([server.classAt(5, 10), server.classAt(5, 30)], [2, 0]);
  [a, b].forEach((tab) => tab.close());
});

test("however two tabs save, no stroke is lost and no object is joined to another", async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const random = seeded(seed);
    const server = new Server();
    const tabs = [new Tab(server), new Tab(server)];
    const drawn = [];
    for (let i = 0; i < 24; i++) {
      const which = random.int(0, 2);
      const tab = tabs[which];
      const [classId, y, x0] = [random.int(1, 3), 2 * i, random.int(200, 270)];
      tab.stroke(classId, y, x0, x0 + 20);
      drawn.push({ classId, y, x0 });
      if (random.next() < 0.3) server.trouble.push(random.next() < 0.5 ? "unreachable" : "answer lost");
      if (random.next() < 0.4) await tab.sync.flush();
    }
    server.trouble = [];
    for (const tab of [...tabs, ...tabs]) assert.equal(await tab.sync.flush(), true);
    for (const { classId, y, x0 } of drawn) {
      for (const x of [x0, x0 + 19]) assert.equal(server.classAt(x, y), classId, `seed ${seed}, stroke at ${x},${y}`);
    }
    const cars = new Set(
      drawn.filter(({ classId }) => classId === 2).map(({ y, x0 }) => server.tiles[x0 >> 8][(y << 8) | (x0 & 255)]),
    );
    assert.equal(
      cars.size,
      drawn.filter(({ classId }) => classId === 2).length,
      `seed ${seed}: each car is its own segment`,
    );
    tabs.forEach((tab) => tab.close());
  }
});

async function until(isTrue) {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1));
}

test("a page may not be closed unasked before a stroke is in the draft", async () => {
  const tab = new Tab(new Server());
  assert.equal(tab.sync.wouldLose, false);
  tab.stroke(1, 3, 0, 10);
  assert.equal(tab.sync.wouldLose, true);
  await until(() => !tab.sync.wouldLose);
  assert.equal(tab.log.size, 1);
  tab.close();
});

function prediction() {
  const tile = new Uint16Array(65536).fill(1, 0, 2560);
  return {
    width: WIDTH,
    height: HEIGHT,
    tiles: [tile, null],
    segments: [segment(1, 1, { source: "model", score: 0.9 })],
  };
}

test("drawing on a prediction accepts it and puts the stroke on top", async () => {
  const server = new Server({ prediction: prediction() });
  const tab = new Tab(server, { from: prediction(), isPrediction: true });
  tab.stroke(2, 3, 0, 10);
  await tab.sync.flush();
  assert.deepEqual([server.classAt(5, 3), server.classAt(50, 3), server.classAt(5, 2)], [2, 1, 1]);
  assert.equal(server.segments.find(({ id }) => id === 1).score, 0.9);
  assert.equal(server.revision, 2);
  tab.close();
});

test("a prediction never replaces labels that another tab has begun", async () => {
  const server = new Server({ prediction: prediction() });
  const late = new Tab(server, { from: prediction(), isPrediction: true });
  const early = new Tab(server, { from: prediction(), isPrediction: true });
  early.stroke(2, 3, 0, 10);
  await early.sync.flush();
  late.stroke(2, 5, 0, 10);
  await late.sync.flush();
  assert.deepEqual([server.classAt(5, 3), server.classAt(5, 5)], [2, 2]);
  [early, late].forEach((tab) => tab.close());
});

test("a draft is put back over a head that moved on meanwhile", async () => {
  const server = new Server();
  const crashed = new Tab(server);
  server.trouble = ["unreachable"];
  crashed.stroke(2, 3, 0, 10);
  await crashed.sync.flush();
  crashed.stroke(2, 4, 0, 10);
  crashed.close();
  const other = new Tab(server);
  other.stroke(1, 8, 0, 10);
  await other.sync.flush();
  const reopened = new Tab(server);
  const contested = await reopened.sync.restore(crashed.draft);
  assert.equal(contested.pixels.size, 0);
  assert.equal(reopened.sync.unsavedStrokes, 1, "what was put back is one step");
  assert.equal(crashed.log.size, 0, "it is in the new tab's draft now");
  await reopened.sync.flush();
  assert.deepEqual(
    [3, 4, 8].map((y) => server.classAt(5, y)),
    [2, 2, 1],
  );
  [other, reopened].forEach((tab) => tab.close());
});

test("a draft that the server has already is dropped without a save", async () => {
  const server = new Server();
  const tab = new Tab(server);
  server.trouble = ["answer lost"];
  tab.stroke(2, 3, 0, 10);
  await tab.sync.flush();
  tab.close();
  const reopened = new Tab(server);
  await reopened.sync.restore(tab.draft);
  assert.equal(reopened.sync.hasUnsaved, false);
  assert.equal(server.segments.length, 1);
  reopened.close();
});

test("a refused save keeps the stroke and says why", async () => {
  const server = new Server();
  const tab = new Tab(server);
  server.trouble = ["refused"];
  tab.stroke(1, 3, 0, 10);
  assert.equal(await tab.sync.flush(), false);
  const refusal = { reason: "Not these.", retryAt: null, isKept: true };
  assert.deepEqual(tab.states.at(-1), { kind: "refused", strokes: 1, detail: "Not these.", refusal });
  assert.equal(tab.sync.hasUnsaved, true);
  assert.equal(tab.log.size, 1);
  assert.equal(tab.sync.dueAt, Infinity, "what cannot heal is not asked again and again");
  tab.close();
});

test("a refusal that passes is tried again by itself, and stands until a save is taken", async () => {
  const server = new Server();
  const tab = new Tab(server);
  server.trouble = ["locked"];
  tab.stroke(1, 3, 0, 10);
  await tab.sync.flush();
  const { retryAt } = tab.states.at(-1).refusal;
  const seconds = (retryAt - performance.now()) / 1000;
  assert.ok(seconds > 0 && seconds <= 1.01, `${seconds} s`);
  server.trouble = ["locked"];
  await tab.sync.flush();
  assert.ok(tab.sync.dueAt - performance.now() > 1_500, "less often each time");
  assert.ok(
    tab.states.slice(-3).every(({ refusal }) => refusal?.reason === "bob is working on this image."),
    "also while it is tried again",
  );
  await tab.sync.flush();
  assert.deepEqual(tab.states.at(-1), { kind: "saved", strokes: 0, detail: undefined });
  assert.equal(server.classAt(5, 3), 1);
  tab.close();
});

test("a server that failed is not called offline, and gets the same save again", async () => {
  const server = new Server();
  const tab = new Tab(server);
  server.trouble = ["failed"];
  tab.stroke(1, 3, 0, 10);
  await tab.sync.flush();
  const { kind, refusal } = tab.states.at(-1);
  assert.deepEqual([kind, refusal.reason], ["refused", "The server met an error while it saved."]);
  const { key } = tab.sync.save;
  assert.ok(refusal.retryAt !== null && tab.sync.trouble.isServers);
  const saving = tab.sync.flush();
  assert.equal(tab.sync.save.key, key);
  assert.equal(await saving, true);
  tab.close();
});

test("what stands before the server gives no reason: it is given here", async () => {
  const server = new Server();
  const tab = new Tab(server);
  server.trouble = ["too large"];
  tab.stroke(1, 3, 0, 10);
  await tab.sync.flush();
  assert.equal(tab.states.at(-1).refusal.reason, "These strokes are more than the server takes at once.");
  tab.close();
});

test("a save waits for the stroke in progress", async () => {
  const server = new Server();
  const tab = new Tab(server);
  tab.stroke(1, 3, 0, 10);
  tab.document.begin("stroke", 1);
  tab.document.write([7, 0, 10]);
  const saving = tab.sync.flush();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(server.saves, 0);
  tab.document.commit();
  await saving;
  assert.deepEqual([server.classAt(5, 3), server.classAt(5, 7)], [1, 1]);
  tab.close();
});

test("a stroke taken back after a save that may have arrived is taken back on the server too", async () => {
  const server = new Server();
  const crashed = new Tab(server);
  server.trouble = ["answer lost"];
  crashed.stroke(1, 3, 0, 10);
  await crashed.sync.flush();
  crashed.document.undo();
  crashed.close();
  assert.equal(server.classAt(5, 3), 1);
  const reopened = new Tab(server);
  await reopened.sync.restore(crashed.draft);
  await reopened.sync.flush();
  assert.equal(server.classAt(5, 3), 0);
  reopened.close();
});

test("putting a draft back keeps what was drawn before that choice", async () => {
  const server = new Server();
  const crashed = new Tab(server);
  crashed.stroke(2, 3, 0, 10);
  crashed.close();
  const reopened = new Tab(server);
  reopened.stroke(2, 6, 0, 10);
  await reopened.sync.restore(crashed.draft);
  await reopened.sync.flush();
  assert.deepEqual([server.classAt(5, 3), server.classAt(5, 6)], [2, 2]);
  assert.equal(server.segments.length, 2, "two cars, not one");
  reopened.close();
});

test("a change of class alone is saved", async () => {
  const server = new Server();
  const tab = new Tab(server);
  const id = tab.stroke(2, 3, 0, 10);
  await tab.sync.flush();
  tab.document.begin("class", 0);
  tab.document.setSegment(id, segment(id, 1));
  tab.document.commit();
  await tab.sync.flush();
  assert.equal(server.classAt(5, 3), 1);
  tab.close();
});

test("where two drew, both sides are told and seen, place by place, before one is chosen", async () => {
  const server = new Server();
  const [a, b] = [new Tab(server), new Tab(server)];
  a.stroke(1, 10, 0, 20);
  a.stroke(1, 60, 250, 262);
  await a.sync.flush();
  b.stroke(2, 10, 10, 30);
  b.stroke(2, 60, 254, 270);
  await b.sync.flush();
  const theirs = { author: "ann", savedAt: "2026-05-04T10:00:00Z", revision: 1 };
  let left;
  const conflict = conflictOf(b.document, b.contested, theirs, (now) => (left = now));
  assert.deepEqual(
    conflict.regions.map(({ x0, x1, y0, pixels }) => [x0, x1, y0, pixels]),
    [
      [10, 20, 10, 10],
      [254, 262, 60, 8],
    ],
    "far apart in one tile, and across two",
  );
  assert.equal(conflict.theirTime, theirs.savedAt);
  assert.deepEqual(conflict.classesIn(conflict.regions[1]), {
    mine: [{ class: 2, pixels: 8 }],
    theirs: [{ class: 1, pixels: 8 }],
  });
  const seen = conflict.theirLabels();
  const classAt = ({ map, segments }, x, y) => segments.get(map.get(x, y))?.class ?? 0;
  assert.deepEqual([5, 15, 25].map((x) => classAt(seen, x, 10)), [1, 1, 2]);
  assert.deepEqual([15, 25].map((x) => classAt(b.document, x, 10)), [2, 2], "looking changes nothing");
  conflict.resolve("theirs", conflict.regions[0]);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([15, 258].map((x, i) => classAt(b.document, x, [10, 60][i])), [1, 2], "the other place is left");
  assert.equal(left.regions.length, 1);
  [a, b].forEach((tab) => tab.close());
});

test("where two drew, the other's pixels can be had back, and that is a stroke", async () => {
  const server = new Server();
  const [a, b] = [new Tab(server), new Tab(server)];
  a.stroke(1, 10, 0, 20);
  await a.sync.flush();
  b.stroke(2, 10, 10, 30);
  await b.sync.flush();
  assert.deepEqual([5, 15, 25].map((x) => server.classAt(x, 10)), [1, 2, 2]);
  let left;
  const conflict = conflictOf(b.document, b.contested, { author: "ann", revision: 1 }, (now) => (left = now));
  assert.deepEqual(conflict.regions.map(({ x0, x1, pixels }) => [x0, x1, pixels]), [[10, 20, 10]]);
  conflict.resolve("theirs", conflict.regions[0]);
  assert.equal(left, null);
  await new Promise((resolve) => setTimeout(resolve));
  await b.sync.flush();
  assert.deepEqual([5, 15, 25].map((x) => server.classAt(x, 10)), [1, 1, 2]);
  b.document.undo();
  await b.sync.flush();
  assert.equal(server.classAt(15, 10), 2);
  [a, b].forEach((tab) => tab.close());
});

test("undo is put off while a stroke is being drawn", () => {
  const tab = new Tab(new Server());
  tab.stroke(1, 3, 0, 10);
  tab.document.begin("stroke", 1);
  tab.document.undo();
  assert.equal(tab.document.map.get(5, 3), 1);
  tab.document.commit();
  tab.document.undo();
  assert.equal(tab.document.map.get(5, 3), 0);
  tab.close();
});

test("what was put back can be taken back like any stroke", async () => {
  const server = new Server();
  const crashed = new Tab(server);
  crashed.stroke(2, 3, 0, 10);
  crashed.close();
  const reopened = new Tab(server);
  reopened.stroke(1, 8, 0, 10);
  await reopened.sync.restore(crashed.draft);
  reopened.document.undo();
  await reopened.sync.flush();
  assert.deepEqual([server.classAt(5, 3), server.classAt(5, 8)], [0, 1]);
  reopened.document.undo();
  await reopened.sync.flush();
  assert.equal(server.classAt(5, 8), 0, "the stroke before it, too");
  reopened.close();
});

test("an image that nobody looks at is not saved over somebody else's pixels", async () => {
  const server = new Server();
  const [a, b] = [new Tab(server), new Tab(server)];
  a.stroke(1, 10, 0, 20);
  b.stroke(2, 10, 10, 30);
  await a.sync.flush();
  b.sync.isUnwatched = true;
  assert.equal(await b.sync.flush(), false);
  assert.match(b.states.at(-1).detail, /same pixels/);
  assert.equal(server.classAt(15, 10), 1, "theirs still stands");
  const reopened = new Tab(server);
  const contested = await reopened.sync.restore(b.draft);
  assert.equal(contested.pixels.size, 1, "and the one who opens it is asked");
  [a, b, reopened].forEach((tab) => tab.close());
});

test("a save never reads a stroke that began while it waited for another", async () => {
  const server = new Server();
  const tab = new Tab(server);
  tab.stroke(1, 3, 0, 10);
  tab.document.begin("first", 1);
  const order = [];
  const next = tab.document.whenIdle().then(() => {
    tab.document.begin("second", 1);
    order.push("second began");
  });
  const saving = tab.sync.flush().then(() => order.push("saved"));
  tab.document.commit();
  await next;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(order, ["second began"]);
  tab.document.commit();
  await saving;
  tab.close();
});

test("after a stroke that could not be written down, the next one writes down both", async () => {
  const tab = new Tab(new Server());
  const failed = [];
  tab.sync.draft.onFailed = (message) => failed.push(message);
  const { write } = tab.sync.ports.draft;
  tab.sync.draft.log = { write: async () => Promise.reject(new Error("the disk is full")) };
  tab.stroke(1, 3, 0, 10);
  await until(() => failed.length === 1);
  assert.equal(tab.sync.wouldLose, true);
  tab.sync.draft.log = { write };
  tab.stroke(1, 4, 0, 10);
  await until(() => !tab.sync.wouldLose);
  const tiles = composeDeltas(tab.draft.deltas, { keepsUndone: false });
  assert.deepEqual([tiles.get(0).now[(3 << 8) | 5], tiles.get(0).now[(4 << 8) | 5]], [1, 1]);
  assert.equal(tab.draftHead.segments.length, 1);
  tab.close();
});
