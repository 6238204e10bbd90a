import"./part-ZK7R3T75.js";import"./part-RZAGJUMB.js";
