/** @import {Comment, EditorConfig, ImageRecord, PackedSave} from "./types.js" */

/** The server answered, and said no. `detail` is a sentence for people (RFC 9457). */
export class ApiError extends Error {
  /** @param {number} status @param {Record<string, any>} problem */
  constructor(status, problem) {
    super(String(problem.detail || problem.title || `The server answered ${status}.`));
    this.status = status;
    this.problem = problem;
  }
}

/** The server could not be reached, or is not able to answer now; worth trying again. */
export class OfflineError extends Error {}

/** The server is there, and failed: worth trying again, though the network is not to blame. */
export class ServerFault extends OfflineError {
  /** @param {number} status @param {Record<string, any>} problem */
  constructor(status, problem) {
    super(String(problem.detail || problem.title || `The server answered ${status}.`));
    this.status = status;
    this.problem = problem;
  }
}

/** What stands before the server says these: it is away, or not up yet. */
const AWAY = new Set([502, 503, 504]);

/** Browsers cap the bodies of all keepalive requests together at 64 KiB. */
const KEEPALIVE_BYTES = 60_000;

/** The REST contract as far as the editor uses it. */
export class Api {
  /**
   * @param {EditorConfig} config
   * @param {(problem: Record<string, any>) => Promise<void>} logIn asks the user to log in again; resolves when that
   *   worked
   */
  constructor(config, logIn) {
    this.root = config.urls.api.replace(/\/$/, "");
    this.formToken = config.csrf_token;
    this.userId = config.user.id;
    this.logIn = logIn;
    /** Hears of each answer that the server itself gave. */
    this.onAnswer = () => {};
  }

  get csrfToken() {
    return csrfCookie() ?? this.formToken;
  }

  /**
   * @param {string} method
   * @param {string} path under /api/v1
   * @param {{json?: unknown, form?: FormData, headers?: Record<string, string>, keepalive?: boolean}} [options]
   * @returns {Promise<Response>} with a 2xx status
   * @throws {ApiError | OfflineError}
   */
  async request(method, path, { json, form, headers = {}, keepalive = false } = {}) {
    for (;;) {
      const token = this.csrfToken;
      const response = await this.send(method, path, { json, form, headers, keepalive });
      if (response.status < 500) this.onAnswer();
      if (response.ok) return response;
      // Where cookies were cleared the answer brings a new form token; with it the server looks at the session.
      if (response.status === 403 && this.csrfToken !== token) continue;
      if (response.status === 401) {
        await this.logIn(await problemOf(response));
        continue;
      }
      if (AWAY.has(response.status)) throw new OfflineError(`The server answered ${response.status}.`);
      const problem = await problemOf(response);
      if (response.status >= 500) throw new ServerFault(response.status, problem);
      throw new ApiError(response.status, problem);
    }
  }

  /**
   * @param {string} method @param {string} path
   * @param {{json?: unknown, form?: FormData, headers: Record<string, string>, keepalive: boolean}} options
   */
  async send(method, path, { json, form, headers, keepalive }) {
    const isSafe = method === "GET";
    try {
      return await fetch(this.root + path, {
        method,
        keepalive,
        credentials: "same-origin",
        body: json === undefined ? form : JSON.stringify(json),
        headers: {
          Accept: "application/json",
          // All tabs share a session: what is drawn here is not saved as whoever logged in in another one.
          "X-Page-User": String(this.userId),
          ...(isSafe ? {} : { "X-CSRFToken": this.csrfToken }),
          ...(json === undefined ? {} : { "Content-Type": "application/json" }),
          ...headers,
        },
      });
    } catch (error) {
      if (error instanceof TypeError) throw new OfflineError(error.message);
      throw error;
    }
  }

  /** @param {number} id @returns {Promise<ImageRecord>} */
  async image(id) {
    return (await this.request("GET", `/images/${id}`)).json();
  }

  /** @param {number} id @returns {Promise<Blob>} */
  async imageFile(id) {
    return (await this.request("GET", `/images/${id}/file`, { headers: { Accept: "image/*" } })).blob();
  }

  /** @param {number} id @returns {Promise<Blob>} grey picture of the newest prediction's entropy */
  async uncertainty(id) {
    return (await this.request("GET", `/images/${id}/uncertainty`, { headers: { Accept: "image/*" } })).blob();
  }

  /**
   * @param {number} id
   * @param {string} layer head, prediction or revision:N
   * @returns {Promise<{revision: number, tiff: ArrayBuffer}>}
   */
  async labels(id, layer = "head") {
    const response = await this.request("GET", `/images/${id}/labels?layer=${layer}`, {
      headers: { Accept: "image/tiff" },
    });
    const revision = Number((response.headers.get("ETag") ?? "0").replace(/\D/g, ""));
    return { revision, tiff: await response.arrayBuffer() };
  }

  /**
   * @param {number} id
   * @param {PackedSave & {revision: number, key: string}} save
   * @returns {Promise<number>} the new revision
   */
  async saveTiles(id, { tiles, segments, checksum, revision, key }) {
    const form = new FormData();
    form.set("tiles", new Blob([tiles], { type: "application/octet-stream" }), "tiles");
    form.set("segments", segments);
    form.set("checksum", checksum);
    // A small save outlives a page that is closed while it is on its way.
    const keepalive = tiles.byteLength + segments.length < KEEPALIVE_BYTES;
    const headers = { "If-Match": `"${revision}"`, "Idempotency-Key": key };
    return (await (await this.request("PATCH", `/images/${id}/labels`, { form, headers, keepalive })).json()).revision;
  }

  /**
   * @param {number} id
   * @param {"submit" | "accept" | "return" | "reopen"} verb
   * @param {unknown} [body]
   * @returns {Promise<ImageRecord>}
   */
  async act(id, verb, body) {
    return (await this.request("POST", `/images/${id}/${verb}`, body === undefined ? {} : { json: body })).json();
  }

  /**
   * @param {number} id
   * @param {string | number | null} model whose prediction was shown; a newer one is not accepted unseen
   * @returns {Promise<ImageRecord>}
   */
  async acceptPrediction(id, model) {
    const path = `/images/${id}/accept-prediction${model === null ? "" : `?model=${model}`}`;
    return (await this.request("POST", path, { headers: { "If-Match": '"0"' } })).json();
  }

  /**
   * @param {number} project
   * @param {"annotate" | "review"} purpose
   * @param {number} [skip] id of an image to give back, not to be offered again now
   * @returns {Promise<ImageRecord | null>}
   */
  async next(project, purpose, skip) {
    const response = await this.request(
      "POST",
      `/projects/${project}/next?for=${purpose}${skip ? `&skip=${skip}` : ""}`,
    );
    return response.status === 204 ? null : response.json();
  }

  /**
   * Claims the image that comes after the open one, whose claim is kept.
   * @param {number} project
   * @param {"annotate" | "review"} purpose
   * @param {number} openId
   * @returns {Promise<ImageRecord | null>}
   */
  async nextAfter(project, purpose, openId) {
    const response = await this.request("POST", `/projects/${project}/next?for=${purpose}&ahead=${openId}`);
    return response.status === 204 ? null : response.json();
  }

  /** Gives a claim back; also while the page goes. @param {number} id */
  release(id) {
    this.request("POST", `/images/${id}/release`, { keepalive: true }).catch((error) => {
      console.info("An image was not given back; its claim runs out by itself:", error.message);
    });
  }

  /** @param {number} id @returns {Promise<Comment[]>} */
  async comments(id) {
    const answer = await (await this.request("GET", `/images/${id}/comments`)).json();
    return Array.isArray(answer) ? answer : answer.items;
  }

  /** @param {number} id @param {{x: number, y: number, text: string}} comment @returns {Promise<Comment>} */
  async addComment(id, comment) {
    return (await this.request("POST", `/images/${id}/comments`, { json: comment })).json();
  }

  /** @param {number} commentId @returns {Promise<Comment>} */
  async toggleComment(commentId) {
    return (await this.request("POST", `/comments/${commentId}/resolve`)).json();
  }

  /** @param {number} id @returns {Promise<import("./revision_words.js").RevisionRow[]>} */
  async revisions(id) {
    const answer = await (await this.request("GET", `/images/${id}/revisions`)).json();
    return Array.isArray(answer) ? answer : answer.items;
  }
}

/** @param {Response} response @returns {Promise<Record<string, any>>} */
async function problemOf(response) {
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  const problem = isJson ? await response.json() : { title: `The server answered ${response.status}.` };
  return { ...problem, retry_after_s: response.headers.get("Retry-After") };
}

/** @returns {string | null} */
export function csrfCookie() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? null;
}
