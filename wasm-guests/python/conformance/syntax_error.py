def handler(call):
    text = "whole"
    broken = = 1
