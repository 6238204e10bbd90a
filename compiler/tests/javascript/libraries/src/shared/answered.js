/** What each case answers; an error by its name. */
export const answered = cases => () => cases.map(answer => {
  try {
    return answer() ?? null;
  } catch (error) {
    return error.name;
  }
});
