#!/usr/bin/env node
console.log('lab3');
