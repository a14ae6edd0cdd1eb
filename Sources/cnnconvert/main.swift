print("cnnconvert")
