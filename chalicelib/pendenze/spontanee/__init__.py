"""Pendenze made of the data of a form: what a tipo pendenza asks for, checked, made into a pendenza, loaded."""
