// The day where the function's time zone is.
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
return { module: 'tts', data: { text: days[new Date().getDay()] + ' fun day!' } };
