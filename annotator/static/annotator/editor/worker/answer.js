/**
 * The worker's side of `JobWorker`: a message is {id, job, payload}, the answer {id, result} or {id, error}.
 * @param {Record<string, (payload: any) => Promise<{result: any, transfer?: Transferable[]}>>} jobs
 */
export function answerJobs(jobs) {
  self.addEventListener("message", async ({ data: { id, job, payload } }) => {
    try {
      const { result, transfer = [] } = await jobs[job](payload);
      self.postMessage({ id, result }, { transfer });
    } catch (error) {
      self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
    }
  });
}
